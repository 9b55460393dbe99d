import io.dapr.client.DaprClientBuilder;
import io.dapr.exceptions.DaprException;
import java.util.Map;
import java.util.regex.Pattern;

/** Sends to a DingTalk group through Dapr. Usage: mvn compile exec:java -Dexec.mainClass=Send */
public class Send {
  public static void main(String[] args) throws Exception {
    try (var dapr = new DaprClientBuilder().build()) {
      // The SDK writes a String as JSON text and a Map as a JSON object. Bytes stay as they are.
      dapr.invokeBinding("alerts", "create", "disk 93 % full on db-1").block();
      System.out.println("sent");

      var card = Map.of("title", "v2.4 is ready", "text", "### v2.4 is ready",
          "singleTitle", "Open", "singleURL", "https://example.com/deploys/42");
      var message = Map.of("msgtype", "actionCard", "actionCard", card);
      var mention = Map.of("atMobiles", "13800000000");
      dapr.invokeBinding("alerts", "create", message, mention, byte[].class).block();

      try {
        dapr.invokeBinding("alerts", "create", Map.of("msgtype", "text", "txt", Map.of())).block();
      } catch (DaprException error) {
        var reason = Pattern.compile("reason=([a-z-]+)").matcher(error.getMessage());
        System.out.println("reason " + (reason.find() ? reason.group(1) : error.getMessage()));
      }
    }
  }
}
