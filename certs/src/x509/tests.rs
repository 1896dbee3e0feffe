use super::*;

#[test]
fn pem_blocks_are_found_among_other_text() {
    let text = "Bag Attributes\n-----BEGIN A-----\nAAEC\r\nAw==\n-----END A-----\n-----BEGIN B-----\nAA==\n-----END B-----";
    assert_eq!(pem_blocks(text, "A"), Some(vec![vec![0, 1, 2, 3]]));
    assert_eq!(pem_blocks(text, "C"), Some(vec![]));
}

#[test]
fn a_broken_or_encrypted_pem_block_is_refused_without_asking_for_a_passphrase() {
    for text in [
        "-----BEGIN A-----\nAAEC",
        "-----BEGIN A-----\n!!!!\n-----END A-----",
        "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAEC\n-----END A-----",
    ] {
        assert_eq!(pem_blocks(text, "A"), None, "{text}");
    }
}

#[test]
fn special_characters_of_a_name_are_escaped() {
    for (value, expected) in [
        ("医療法人 試験会", "医療法人 試験会"),
        ("a,b+c\"d\\e<f>g;h", "a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"),
        (" x ", "\\ x\\ "),
        ("#1#2", "\\#1#2"),
        ("a\nb\0", "a\\0Ab\\00"),
        ("", ""),
    ] {
        assert_eq!(escape(value), expected);
    }
}

#[test]
fn serial_numbers_are_sixteen_bytes_and_positive() {
    for _ in 0..200 {
        let serial = random_serial().unwrap();
        assert_eq!(serial.len(), 16);
        assert!((0x40..0x80).contains(&serial.to_bytes()[0]));
    }
}
