import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

/** Receives events of the binding. Usage: mvn compile exec:java -Dexec.mainClass=Receive */
public class Receive {
  public static void main(String[] args) throws Exception {
    var port = Integer.parseInt(System.getenv("APP_PORT"));
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    // The SDK has no server of its own: daprd posts to the route of the component's name.
    server.createContext("/alerts", exchange -> {
      System.out.println("received " + new String(exchange.getRequestBody().readAllBytes()));
      var answer = "\"taken\"".getBytes();
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
  }
}
