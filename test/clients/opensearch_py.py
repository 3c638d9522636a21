"""What programs do with opensearch-py, each test a behaviour they lean on: with a node alone, then with
either of two."""
import pathlib
import sys
import threading
import unittest

from opensearchpy import (ConflictError, NotFoundError, OpenSearch, RequestError, TransportError,
                          helpers)
from opensearchpy.helpers import BulkIndexError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from live_cluster import Cluster  # noqa: E402
from live_node import Node  # noqa: E402

NODE = None   # that is talked to
NODES = []    # all there are
PATIENCE = 15


def connect(**settings):
    return OpenSearch([{"host": "127.0.0.1", "port": NODE.port}], timeout=60,
                      **{"max_retries": 0, **settings})


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.client = connect()
        self.index = "py-" + self._testMethodName.lower().replace("_", "-")
        self.addCleanup(self.client.close)
        self.addCleanup(self.client.indices.delete, index=self.index, ignore=[404])

    def await_task(self, **filters):
        """The first task listed that has these members."""
        for _ in range(5000):
            for task in self.client.tasks.list(params={"group_by": "none", **filters})["tasks"]:
                return task
        raise AssertionError(f"no task {filters}")


class Connection(ClientTest):
    def test_ping_and_info_tell_a_version_it_knows(self):
        self.assertTrue(self.client.ping())
        info = self.client.info()
        self.assertEqual(info["version"]["distribution"], "opensearch")
        self.assertRegex(info["version"]["number"], r"^[23]\.\d+\.\d+$")

    def test_sniffing_finds_every_node(self):
        client = connect(sniff_on_start=True)
        self.assertTrue(client.ping())
        self.assertEqual(sorted(c.host for c in client.transport.connection_pool.connections),
                         sorted(f"http://127.0.0.1:{node.port}" for node in NODES))

    def test_packed_bodies_are_understood(self):
        client = connect(http_compress=True)
        client.index(index=self.index, id="a", body={"text": "x" * 10000})
        self.assertEqual(client.get(index=self.index, id="a")["_source"]["text"], "x" * 10000)

    def test_many_threads_share_a_client(self):
        def write(n):
            for i in range(50):
                self.client.index(index=self.index, id=f"{n}-{i}", body={"n": n, "i": i})
        self.client.indices.create(index=self.index)
        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.client.indices.refresh(index=self.index)
        self.assertEqual(self.client.count(index=self.index)["count"], 400)


class Indices(ClientTest):
    def test_create_exists_get_delete(self):
        self.assertFalse(self.client.indices.exists(index=self.index))
        answer = self.client.indices.create(index=self.index, body={
            "settings": {"number_of_shards": 2, "number_of_replicas": 0},
            "mappings": {"properties": {"n": {"type": "long"}}}})
        self.assertTrue(answer["acknowledged"])
        self.assertTrue(self.client.indices.exists(index=self.index))
        settings = self.client.indices.get_settings(index=self.index)
        self.assertEqual(settings[self.index]["settings"]["index"]["number_of_shards"], "2")
        self.client.indices.put_mapping(index=self.index,
                                        body={"properties": {"m": {"type": "keyword"}}})
        mapping = self.client.indices.get_mapping(index=self.index)[self.index]["mappings"]
        self.assertEqual(set(mapping["properties"]), {"n", "m"})
        self.client.indices.put_settings(index=self.index, body={"refresh_interval": "30s"})
        self.assertEqual(list(self.client.indices.get(index=self.index)), [self.index])
        self.client.indices.refresh(index=self.index)
        self.client.indices.flush(index=self.index)
        self.assertTrue(self.client.indices.delete(index=self.index)["acknowledged"])
        self.assertFalse(self.client.indices.exists(index=self.index))

    def test_creating_twice_is_a_request_error(self):
        self.client.indices.create(index=self.index)
        with self.assertRaises(RequestError) as caught:
            self.client.indices.create(index=self.index)
        self.assertEqual(caught.exception.error, "resource_already_exists_exception")
        self.assertEqual(caught.exception.status_code, 400)

    def test_health_and_cat(self):
        self.client.indices.create(index=self.index, body={"settings": {"number_of_replicas": 0}})
        health = self.client.cluster.health(index=self.index,
                                            wait_for_status="green")
        self.assertEqual(health["status"], "green")
        rows = self.client.cat.indices(index=self.index, format="json")
        self.assertEqual(rows[0]["index"], self.index)
        self.assertIn("cluster:monitor/tasks/lists", self.client.cat.tasks())


class Documents(ClientTest):
    def test_write_read_update_delete(self):
        answer = self.client.index(index=self.index, id="a", body={"n": 1})
        self.assertEqual((answer["result"], answer["_version"]), ("created", 1))
        self.assertEqual(self.client.get(index=self.index, id="a")["_source"], {"n": 1})
        self.assertEqual(self.client.get_source(index=self.index, id="a"), {"n": 1})
        self.assertTrue(self.client.exists(index=self.index, id="a"))
        answer = self.client.update(index=self.index, id="a", body={"doc": {"m": 2}})
        self.assertEqual((answer["result"], answer["_version"]), ("updated", 2))
        self.assertEqual(self.client.get(index=self.index, id="a")["_source"], {"n": 1, "m": 2})
        answer = self.client.update(index=self.index, id="a", body={"doc": {"m": 2}})
        self.assertEqual(answer["result"], "noop")
        self.assertEqual(self.client.delete(index=self.index, id="a")["result"], "deleted")
        self.assertFalse(self.client.exists(index=self.index, id="a"))

    def test_mget(self):
        self.client.index(index=self.index, id="a", body={"n": 1})
        docs = self.client.mget(index=self.index, body={"ids": ["a", "b"]})["docs"]
        self.assertEqual([doc["found"] for doc in docs], [True, False])

    def test_conflicts_and_missing_documents_are_their_exceptions(self):
        self.client.create(index=self.index, id="a", body={})
        with self.assertRaises(ConflictError) as caught:
            self.client.create(index=self.index, id="a", body={})
        self.assertEqual(caught.exception.error, "version_conflict_engine_exception")
        with self.assertRaises(NotFoundError):
            self.client.get(index=self.index, id="b")
        with self.assertRaises(NotFoundError) as caught:
            self.client.update(index=self.index, id="b", body={"doc": {}})
        self.assertEqual(caught.exception.error, "document_missing_exception")
        with self.assertRaises(NotFoundError) as caught:
            self.client.get(index=self.index + "-not-there", id="b")
        self.assertEqual(caught.exception.error, "index_not_found_exception")
        with self.assertRaises(NotFoundError):
            self.client.delete(index=self.index, id="b")

    def test_bad_documents_are_request_errors(self):
        self.client.indices.create(index=self.index, body={
            "mappings": {"properties": {"n": {"type": "long"}}}})
        with self.assertRaises(RequestError) as caught:
            self.client.index(index=self.index, id="a", body={"n": "word"})
        self.assertEqual(caught.exception.error, "mapper_parsing_exception")

    def test_odd_ids_and_texts_survive(self):
        for name in ("a/b c", "é:ü", "%2F", "+&?#", "日本"):
            self.client.index(index=self.index, id=name, body={"name": name})
            self.assertEqual(self.client.get(index=self.index, id=name)["_source"], {"name": name})

    def test_an_unknown_parameter_is_told(self):
        with self.assertRaises(RequestError) as caught:
            self.client.index(index=self.index, id="a", body={}, params={"colour": "red"})
        self.assertIn("unrecognized parameter: [colour]", str(caught.exception))


class Bulks(ClientTest):
    def actions(self, count):
        return ({"_index": self.index, "_id": str(i), "n": i, "text": "é" * 50}
                for i in range(count))

    def count(self):
        self.client.indices.refresh(index=self.index)
        return self.client.count(index=self.index)["count"]

    def test_bulk(self):
        self.assertEqual(helpers.bulk(self.client, self.actions(2500)), (2500, []))
        self.assertEqual(self.count(), 2500)
        self.assertEqual(self.client.get(index=self.index, id="7")["_source"]["n"], 7)

    def test_bulk_in_one_call(self):
        body = [{"index": {"_id": "a"}}, {"n": 1}, {"update": {"_id": "a"}}, {"doc": {"m": 2}},
                {"delete": {"_id": "z"}}]
        answer = self.client.bulk(index=self.index, body=body)
        self.assertFalse(answer["errors"])
        self.assertEqual([next(iter(item.values()))["status"] for item in answer["items"]],
                         [201, 200, 404])

    def test_streaming_bulk(self):
        results = list(helpers.streaming_bulk(self.client, self.actions(1200), chunk_size=100))
        self.assertTrue(all(ok for ok, _ in results))
        self.assertEqual((len(results), self.count()), (1200, 1200))

    def test_parallel_bulk(self):
        results = list(helpers.parallel_bulk(self.client, self.actions(3000), thread_count=4,
                                             chunk_size=200))
        self.assertTrue(all(ok for ok, _ in results))
        self.assertEqual((len(results), self.count()), (3000, 3000))

    def test_items_that_fail_are_told(self):
        self.client.create(index=self.index, id="0", body={})
        actions = [{"_op_type": "create", **action} for action in self.actions(3)]
        with self.assertRaises(BulkIndexError) as caught:
            helpers.bulk(self.client, actions)
        (error,) = caught.exception.errors
        self.assertEqual(error["create"]["status"], 409)
        done, errors = helpers.bulk(self.client, [{"_op_type": "delete", "_index": self.index,
                                                   "_id": i} for i in ("0", "nowhere")],
                                    raise_on_error=False)
        self.assertEqual((done, errors[0]["delete"]["status"]), (1, 404))


class Tasks(ClientTest):
    def hold(self):
        """A write that waits for a refresh that does not come, and its task."""
        self.client.indices.create(index=self.index, body={
            "settings": {"refresh_interval": "-1", "number_of_replicas": 0}})
        answers = []
        client = connect()
        thread = threading.Thread(target=lambda: answers.append(client.bulk(
            index=self.index, body=[{"index": {"_id": "a"}}, {"n": 1}], refresh="wait_for",
            headers={"X-Opaque-Id": self.index})))
        thread.start()

        def end():
            self.client.indices.refresh(index=self.index)
            thread.join(PATIENCE)
            self.assertFalse(thread.is_alive())
            client.close()
            return answers[0]
        while True:  # until the write is done and waits
            child = self.await_task(actions="indices:data/write/bulk[s][p]", extended="true")
            if child.get("waits_on") == "refresh":
                break
        return self.await_task(actions="indices:data/write/bulk", index=self.index), end

    def test_list_in_every_shape(self):
        task, end = self.hold()
        name = f"{task['node']}:{task['id']}"
        nodes = self.client.tasks.list(actions="*bulk", detailed=True)["nodes"]
        self.assertEqual(nodes[task["node"]]["tasks"][name]["description"],
                         f"bulk request to [{self.index}]")
        self.assertEqual(task["headers"], {"X-Opaque-Id": self.index})
        parents = self.client.tasks.list(group_by="parents", actions="*write*")["tasks"]
        self.assertEqual(parents[name]["children"][0]["action"], "indices:data/write/bulk[s]")
        self.assertFalse(end()["errors"])

    def test_get_and_cancel(self):
        task, end = self.hold()
        name = f"{task['node']}:{task['id']}"
        got = self.client.tasks.get(task_id=name)
        self.assertFalse(got["completed"])
        self.assertEqual(got["task"]["action"], "indices:data/write/bulk")
        answer = self.client.tasks.cancel(task_id=name)
        told = answer["nodes"][task["node"]]["tasks"][name]
        self.assertTrue(told["cancelled"])
        self.assertEqual((answer["node_failures"], told["status"]), ([], "cancelled"))
        self.assertFalse(end()["errors"])
        with self.assertRaises(NotFoundError):
            self.client.tasks.get(task_id=name)
        again = self.client.tasks.cancel(task_id=name)
        self.assertEqual(again["node_failures"][0]["caused_by"]["type"],
                         "resource_not_found_exception")

    def test_cancel_by_filter(self):
        task, end = self.hold()
        answer = self.client.tasks.cancel(actions="*bulk", nodes=NODE.settings["node.name"])
        self.assertEqual(list(answer["nodes"][task["node"]]["tasks"]),
                         [f"{task['node']}:{task['id']}"])
        end()
        self.assertEqual(self.client.tasks.cancel(actions="*bulk"),
                         {"node_failures": [], "nodes": {}})

    def test_errors_are_exceptions(self):
        with self.assertRaises(RequestError) as caught:
            self.client.tasks.get(task_id="rubbish")
        self.assertEqual(caught.exception.info["error"]["reason"], "malformed task id rubbish")
        with self.assertRaises(RequestError):
            self.client.tasks.cancel(task_id="x:-1")
        task, end = self.hold()
        with self.assertRaises(TransportError) as caught:
            self.client.transport.perform_request(  # `timeout` is the client's own elsewhere
                "GET", f"/_tasks/{task['node']}:{task['id']}?wait_for_completion=true&timeout=50ms")
        self.assertEqual(caught.exception.status_code, 504)
        end()


def run_with(node, nodes):
    """How many tests passed, and how many failed."""
    global NODE, NODES
    NODE, NODES = node, nodes
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    sys.stderr.flush()
    if not node.alive():
        node.fail("the node died")
    failed = len(result.failures) + len(result.errors)
    return result.testsRun - failed, failed


def run(binary):
    """How many tests passed, and how many failed."""
    node = Node(binary).start()
    counts = [run_with(node, [node])]
    if (code := node.stop()) != 0:
        print(f"the node ended with {code}:\n{node.tail()}")
        counts.append((0, 1))
    with Cluster(binary) as cluster:
        counts += [run_with(one, cluster.nodes) for one in cluster.nodes]
    return tuple(sum(column) for column in zip(*counts))
