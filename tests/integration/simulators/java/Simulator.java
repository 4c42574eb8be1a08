import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;

/** The simulator, where a person or a plain call takes part that no client has. */
final class Simulator {
    static final String BASE = System.getenv("SIMULATOR");
    static final String CLIENT_ID = System.getenv("CLIENT_ID");
    static final String CLIENT_SECRET = System.getenv("CLIENT_SECRET");
    static final String CALLBACK = "http://localhost/callback";

    private Simulator() {}

    /** Sends a form and returns the answer. */
    static HttpResponse<String> post(String path, String form) throws Exception {
        String app = CLIENT_ID + ":" + CLIENT_SECRET;
        HttpRequest request = HttpRequest.newBuilder(URI.create(BASE + path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(app.getBytes()))
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Approves at the consent page and returns the code. */
    static String consent(String path, String form) throws Exception {
        String asked = "response_type=code&state=s&client_id=" + CLIENT_ID
            + "&redirect_uri=" + CALLBACK + "&" + form;
        String back = post(path, asked).headers().firstValue("location").orElseThrow();
        return back.replaceAll(".*[?&]code=([^&]*).*", "$1");
    }

    /** Fails unless a fact holds. */
    static void check(boolean holds, String fact) {
        if (!holds) throw new AssertionError(fact);
    }

    /** What is refused, as the client throws it. */
    interface Work {
        void run() throws Exception;
    }

    /** Returns what a client throws for work that the simulator refuses. */
    static Exception refused(Work work) {
        try {
            work.run();
        } catch (Exception thrown) {
            return thrown;
        }
        throw new AssertionError("nothing was refused");
    }
}
