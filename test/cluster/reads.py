"""Reads whose documents are on the other node."""
import json

from live_cluster import Cluster, check
from scenario import make_index, scenario

DOCUMENTS, MEGABYTE = 40, 1 << 20


@scenario
def documents_of_forty_megabytes_are_read_through_either_node(quell):
    with Cluster(quell) as cluster:
        make_index(cluster.nodes[0], "large", 1)
        names = [f"{n}" for n in range(DOCUMENTS)]
        for name in names:
            document = json.dumps({"t": name.ljust(MEGABYTE, "x")})
            status, answer = cluster.nodes[0].call("PUT", f"/large/_doc/{name}", document)
            check(status == 201, f"{status} {answer}")
        for node in cluster.nodes:
            status, answer = node.call("POST", "/large/_mget", {"ids": [*names, "none"]})
            check(status == 200, f"{status}: {str(answer)[:500]}")
            found = [doc["_source"]["t"].rstrip("x") if doc["found"] else None for doc in answer["docs"]]
            check(found == [*names, None], f"read: {found}")
