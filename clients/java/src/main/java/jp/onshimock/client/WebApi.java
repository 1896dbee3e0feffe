package jp.onshimock.client;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The Web API: a session of one account, whose queries are JSON. */
public final class WebApi {
    private static final String LOGIN = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
    private static final String SEARCH = "/oqs-api-pro/MSA01030/ILI01030SV01/search";
    private static final String TYPE = "application/json;charset=UTF-8";

    private final Client client;
    private final String token;

    /** Logs in, or says LoginRefused. {@code client} brings line, certificate and institution. */
    public WebApi(Client client, String user, String password) throws OnshiException, InterruptedException {
        // The names of the two members aren't public; these are onshi-mock's.
        Object answer = post(client, LOGIN, Map.of("userId", user, "password", password), Map.of());
        this.client = client;
        this.token = (String) Json.at(answer, "result", "idToken");
    }

    /** 資格確認 as JSON: the content of {@code XmlMsg}, as maps, lists and strings. */
    public Map<?, ?> search(Person person) throws OnshiException, InterruptedException {
        Request request = Request.qualification(client.institution(), person, Request.today(), null);
        var content = Map.of("MessageHeader", members(request.header()), "MessageBody", members(request.body()));
        // The id token stands as it is, without "Bearer".
        Object answer = post(client, SEARCH, Map.of("XmlMsg", content), Map.of("Authorization", token));
        if ("9".equals(Json.at(answer, "XmlMsg", "MessageHeader", "SegmentOfResult"))) {
            Object code = Json.at(answer, "XmlMsg", "MessageHeader", "ErrorCode");
            Object text = Json.at(answer, "XmlMsg", "MessageHeader", "ErrorMessage");
            throw new OnshiException.Rejected(String.valueOf(code), String.valueOf(text));
        }
        return (Map<?, ?>) Json.at(answer, "XmlMsg");
    }

    private static Object post(Client client, String path, Object body, Map<String, String> more)
            throws OnshiException, InterruptedException {
        var headers = new LinkedHashMap<>(more);
        headers.put("Content-Type", TYPE);
        headers.put("Accept", "application/json");
        byte[] data = Json.write(body).getBytes(StandardCharsets.UTF_8);
        return Json.read(new String(client.post(path, data, headers).body(), StandardCharsets.UTF_8));
    }

    private static Map<String, Object> members(List<Request.Item> items) {
        var members = new LinkedHashMap<String, Object>();
        for (Request.Item item : items) {
            if (item.items() != null) {
                members.put(item.name(), members(item.items()));
            } else if (item.text() != null) {
                members.put(item.name(), item.text());
            }
        }
        return members;
    }
}
