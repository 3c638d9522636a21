// HighLevel.java PORT: the older Java client, whose answers are read by the server's own classes.

import java.util.List;
import org.apache.http.HttpHost;
import org.opensearch.action.admin.cluster.health.ClusterHealthRequest;
import org.opensearch.action.admin.cluster.node.tasks.list.ListTasksRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.client.RequestOptions;
import org.opensearch.client.RestClient;
import org.opensearch.client.RestHighLevelClient;
import org.opensearch.client.indices.CreateIndexRequest;
import org.opensearch.client.tasks.CancelTasksRequest;
import org.opensearch.common.settings.Settings;

public class HighLevel {
  static final String WRITES = "indices:data/write/*";
  static final RequestOptions OPTIONS = RequestOptions.DEFAULT;

  static void check(boolean right, String what) {
    if (!right) throw new AssertionError(what);
  }

  // Waits for a refresh that does not come, until it is cancelled.
  static Thread write(RestHighLevelClient client) {
    Thread writer = new Thread(() -> {
      try {
        client.index(new IndexRequest("old").id("1").source("n", 1).setRefreshPolicy(RefreshPolicy.WAIT_UNTIL),
            OPTIONS);
      } catch (Exception e) {
        throw new RuntimeException(e);
      }
    });
    writer.start();
    return writer;
  }

  public static void main(String[] arguments) throws Exception {
    HttpHost host = new HttpHost("127.0.0.1", Integer.parseInt(arguments[0]), "http");
    try (RestHighLevelClient client = new RestHighLevelClient(RestClient.builder(host))) {
      client.indices().create(
          new CreateIndexRequest("old").settings(Settings.builder().put("index.refresh_interval", "-1")), OPTIONS);
      Thread writer = write(client);
      ListTasksRequest writes = new ListTasksRequest();
      writes.setActions(WRITES);
      while (!client.exists(new GetRequest("old", "1"), OPTIONS)) {
        Thread.yield();
      }
      check(!client.tasks().list(writes, OPTIONS).getTasks().isEmpty(), "the write is not listed");
      var cancelled = client.tasks().cancel(
          new CancelTasksRequest.Builder().withActionsFiltered(List.of(WRITES)).build(), OPTIONS);
      check(!cancelled.getTasks().isEmpty(), "nothing was cancelled");
      check(cancelled.getNodeFailures().isEmpty(), "a node failed to cancel");
      writer.join();
      check(client.get(new GetRequest("old", "1"), OPTIONS).isExists(), "the document is not there");
      check(client.cluster().health(new ClusterHealthRequest(), OPTIONS).getNumberOfNodes() == 1, "health");
    }
  }
}
