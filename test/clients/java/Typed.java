// Typed.java PORT: what programs do with opensearch-java that lets them stop work. Its answers are
// read into types, so that one member of another type fails the call.

import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.HttpHost;
import org.opensearch.client.opensearch.OpenSearchClient;
import org.opensearch.client.opensearch._types.Refresh;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

public class Typed {
  static final String WRITES = "indices:data/write/*";

  static void check(boolean right, String what) {
    if (!right) throw new AssertionError(what);
  }

  // Waits for a refresh that does not come, until it is cancelled.
  static Thread write(OpenSearchClient client) {
    Thread writer = new Thread(() -> {
      try {
        client.index(i -> i.index("typed").id("1").document(Map.of("n", 1)).refresh(Refresh.WaitFor));
      } catch (Exception e) {
        throw new RuntimeException(e);
      }
    });
    writer.start();
    return writer;
  }

  static void cancelsWhatItLists(OpenSearchClient client) throws Exception {
    client.indices().create(c -> c.index("typed").settings(s -> s.refreshInterval(t -> t.time("-1"))));
    Thread writer = write(client);
    while (!client.exists(e -> e.index("typed").id("1")).value()) {
      Thread.yield();
    }
    check(!client.tasks().list(l -> l.actions(WRITES)).nodes().isEmpty(), "the write is not listed");
    var cancelled = client.tasks().cancel(c -> c.actions(WRITES));
    check(cancelled.nodeFailures().isEmpty(), "a node failed to cancel");
    var tasks = cancelled.nodes().values().stream().flatMap(n -> n.tasks().values().stream()).toList();
    check(!tasks.isEmpty(), "nothing was cancelled");
    check(tasks.stream().allMatch(t -> t.action().startsWith("indices:data/write/")), "other tasks");
    writer.join();
    check(client.get(g -> g.index("typed").id("1"), Map.class).found(), "the document is not there");
  }

  static void readsTheNodes(OpenSearchClient client) throws Exception {
    check(client.info().version().distribution().equals("opensearch"), "distribution");
    check(client.nodes().info().nodes().size() == 1, "nodes");
    check(client.nodes().stats().nodes().size() == 1, "statistics of nodes");
    check(client.cluster().health().numberOfNodes() == 1, "health");
    check(client.cluster().stats().nodes().count().total() == 1, "statistics of the cluster");
    check(client.cat().tasks() != null, "tasks as a table");
    check(client.indices().get(g -> g.index("typed")) != null, "index");
  }

  public static void main(String[] arguments) throws Exception {
    HttpHost host = new HttpHost("http", "127.0.0.1", Integer.parseInt(arguments[0]));
    var transport = ApacheHttpClient5TransportBuilder.builder(host).build();
    OpenSearchClient client = new OpenSearchClient(transport);
    cancelsWhatItLists(client);
    readsTheNodes(client);
    transport.close();
  }
}
