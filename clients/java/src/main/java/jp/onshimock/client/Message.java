package jp.onshimock.client;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.helpers.DefaultHandler;

/** A message that was received. Elements are found by path, since their order is not to be relied on. */
public final class Message {
    private static final Pattern DECLARATION =
            Pattern.compile("^\\uFEFF?<\\?xml[^>]*?encoding\\s*=\\s*[\"']([^\"']+)[\"'][^>]*\\?>");

    private final Element root;

    private Message(Element root) {
        this.root = root;
    }

    /** Reads a message in the encoding that its declaration names. */
    public static Message decode(byte[] data) throws OnshiException.BadRequest {
        String head = new String(data, 0, Math.min(data.length, 200), StandardCharsets.ISO_8859_1);
        Matcher declaration = DECLARATION.matcher(head.replaceFirst("^\u00EF\u00BB\u00BF", ""));
        boolean shiftJis = declaration.find() && declaration.group(1).equalsIgnoreCase(Encoding.SHIFT_JIS.declared);
        Encoding encoding = shiftJis ? Encoding.SHIFT_JIS : Encoding.UTF_8;
        try {
            var decoder = encoding.charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
            String text = decoder.decode(ByteBuffer.wrap(data)).toString();
            // A reader of characters, because Java's own Shift_JIS lacks what Windows added to it.
            var source = new InputSource(new StringReader(text.startsWith("\uFEFF") ? text.substring(1) : text));
            return new Message(builder().parse(source).getDocumentElement());
        } catch (Exception error) {
            throw new OnshiException.BadRequest("this is no message: " + error.getMessage(), null, error);
        }
    }

    private static DocumentBuilder builder() throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var builder = factory.newDocumentBuilder();
        // Errors are thrown; nothing is printed.
        builder.setErrorHandler(new DefaultHandler());
        return builder;
    }

    /** The text at a path below the root, such as {@code MessageHeader/SegmentOfResult}; null if there is none. */
    public String text(String path) {
        List<Message> found = all(path);
        return found.isEmpty() ? null : found.get(0).root.getTextContent();
    }

    /** Every element at a path, as a message of its own. */
    public List<Message> all(String path) {
        List<Element> found = List.of(root);
        for (String name : path.split("/")) {
            var below = new ArrayList<Element>();
            for (Element element : found) {
                for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
                    if (child instanceof Element own && own.getTagName().equals(name)) {
                        below.add(own);
                    }
                }
            }
            found = below;
        }
        return found.stream().map(Message::new).toList();
    }

    /** The message itself, or an exception if it says that the request failed. */
    Message judged() throws OnshiException.Rejected {
        if ("9".equals(text("MessageHeader/SegmentOfResult"))) {
            throw new OnshiException.Rejected(said("MessageHeader/ErrorCode"), said("MessageHeader/ErrorMessage"));
        }
        if ("2".equals(text("MessageBody/ProcessingResultStatus"))) {
            String code = said("MessageBody/ProcessingResultCode");
            throw new OnshiException.Rejected(code, said("MessageBody/ProcessingResultMessage"));
        }
        String result = text("MessageHeader/ResultCode");
        if (result != null && !result.equals("1")) {
            String code = said("MessageHeader/MessageId");
            String text = said("MessageHeader/MessageContents");
            boolean consent = Request.NO_CONSENT.contains(code);
            throw consent ? new OnshiException.NoConsent(code, text) : new OnshiException.Rejected(code, text);
        }
        return this;
    }

    private String said(String path) {
        String text = text(path);
        return text == null ? "" : text;
    }

    /** Writes a request. Fails for a character that the encoding doesn't have. */
    static byte[] encode(Request request, Encoding encoding) throws OnshiException.BadRequest {
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"" + encoding.declared + "\" standalone=\"no\"?>\n");
        text.append("<XmlMsg>");
        write(text, "MessageHeader", request.header());
        write(text, "MessageBody", request.body());
        text.append("</XmlMsg>");
        try {
            ByteBuffer bytes = encoding.charset.newEncoder().encode(java.nio.CharBuffer.wrap(text));
            var data = new byte[bytes.remaining()];
            bytes.get(data);
            return data;
        } catch (CharacterCodingException error) {
            throw new OnshiException.BadRequest("a character has no place in " + encoding.declared, null, error);
        }
    }

    private static void write(StringBuilder text, String name, List<Request.Item> items) {
        text.append('<').append(name).append('>');
        for (Request.Item item : items) {
            if (item.items() != null) {
                write(text, item.name(), item.items());
            } else if (item.text() != null) {
                String escaped = item.text().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
                text.append('<').append(item.name()).append('>').append(escaped);
                text.append("</").append(item.name()).append('>');
            }
        }
        text.append("</").append(name).append('>');
    }
}
