package jp.onshimock.client;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The two encodings of the interface. */
public enum Encoding {
    UTF_8("UTF-8", StandardCharsets.UTF_8),
    /** As Windows writes it, with 髙 and ①. */
    SHIFT_JIS("Shift_JIS", Charset.forName("windows-31j"));

    final String declared;
    final Charset charset;

    Encoding(String declared, Charset charset) {
        this.declared = declared;
        this.charset = charset;
    }
}
