package jp.onshimock.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** The exchange folders of the terminal: a request as a file in {@code req}, its answer in {@code res}. */
public final class Folders {
    private final Path exchange;
    private final Encoding encoding;
    private final Duration timeout;
    private final Duration poll;

    /** Writes Shift_JIS, waits three minutes, looks each 300 ms. */
    public Folders(Path exchange) {
        this(exchange, Encoding.SHIFT_JIS, Duration.ofMinutes(3), Duration.ofMillis(300));
    }

    /** {@code exchange} is the folder that holds {@code req} and {@code res}. */
    public Folders(Path exchange, Encoding encoding, Duration timeout, Duration poll) {
        this.exchange = exchange;
        this.encoding = encoding;
        this.timeout = timeout;
        this.poll = poll;
    }

    /** Writes a request, waits for its result, and takes it away. {@code name} is the free part of the file's name. */
    public Message ask(Request request, String name) throws OnshiException, IOException, InterruptedException {
        return Message.decode(exchange(request.id(), name, Message.encode(request, encoding))).judged();
    }

    /**
     * The same for bytes. An {@code .err} becomes the exception that it explains. After TimedOut don't write the
     * request again: the answer may still come, under the same name.
     */
    public byte[] exchange(String message, String name, byte[] data)
            throws OnshiException, IOException, InterruptedException {
        Path req = exchange.resolve("req");
        // Under another name first, so that nobody takes half a file.
        Path draft = req.resolve("." + name + ".tmp");
        Files.write(draft, data);
        Files.move(draft, req.resolve(message + "req_" + name + ".xml"));
        String wanted = (message + "res_" + name).toLowerCase(Locale.ROOT);
        long giveUp = System.nanoTime() + timeout.toNanos();
        while (System.nanoTime() < giveUp) {
            Path found = answer(wanted);
            if (found != null) {
                return taken(found);
            }
            Thread.sleep(poll.toMillis());
        }
        throw new OnshiException.TimedOut("no answer to " + message + "req_" + name + ".xml within " + timeout, null, null);
    }

    private Path answer(String wanted) throws IOException {
        try (var files = Files.newDirectoryStream(exchange.resolve("res"))) {
            for (Path file : files) {
                String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                if (name.replaceFirst("\\.[^.]*$", "").equals(wanted)) {
                    return file;
                }
            }
        }
        return null;
    }

    private static byte[] taken(Path file) throws OnshiException, IOException {
        byte[] data = Files.readAllBytes(file);
        Files.delete(file);
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".err")) {
            throw OnshiException.of(0, new String(data, StandardCharsets.UTF_8));
        }
        return data;
    }
}
