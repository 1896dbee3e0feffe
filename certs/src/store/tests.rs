use super::*;
use crate::testing::{clinic, now, terminal};
use crate::{SERVER_NAMES, Trust};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("onshi-data")).unwrap();
    (folder, store)
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[test]
fn an_authority_is_made_once_and_read_ever_after() {
    let (_folder, store) = store();
    let first = store.authority().unwrap();
    let again = store.authority().unwrap();
    assert_eq!(again.root_facts(), first.root_facts());
    assert_eq!(first.trust(&terminal(&again).certificate_der(), &[]), Trust::Trusted);
}

#[test]
fn processes_that_start_at_once_agree_on_one_authority() {
    let (_folder, store) = store();
    let roots: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| store.authority().unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().root_facts().fingerprint).collect()
    });
    assert!(roots.iter().all(|root| *root == roots[0]), "{roots:?}");
}

#[test]
fn a_half_authority_is_an_error_that_names_the_missing_file() {
    for part in [Part::Root, Part::RootKey, Part::Issuing, Part::IssuingKey] {
        let (_folder, store) = store();
        store.authority().unwrap();
        let path = store.folder.join("ca").join(file_name(part));
        fs::remove_file(&path).unwrap();
        let error = store.authority().unwrap_err();
        assert!(matches!(&error, StoreError::Half { path: missing } if *missing == path), "{error}");
        assert!(!path.exists(), "nothing is mended silently");
    }
}

#[test]
fn a_mixed_or_broken_authority_is_an_error_that_names_the_file() {
    let (_one, one) = store();
    let (_other, other) = store();
    one.authority().unwrap();
    other.authority().unwrap();
    let path = one.folder.join("ca/issuing.key");
    fs::copy(other.folder.join("ca/issuing.key"), &path).unwrap();
    let mixed = one.authority().unwrap_err();
    assert!(
        matches!(&mixed, StoreError::Authority { path: at, source: AuthorityError::Mismatch { .. } } if *at == path)
    );

    let text = fs::read_to_string(other.folder.join("ca/root.pem")).unwrap();
    fs::write(other.folder.join("ca/root.pem"), &text.as_bytes()[..text.len() / 2]).unwrap();
    let broken = other.authority().unwrap_err();
    assert!(broken.to_string().contains("root.pem"), "{broken}");
    assert!(matches!(broken, StoreError::Authority { source: AuthorityError::Unreadable { .. }, .. }));
}

#[test]
fn leftovers_of_a_killed_start_are_no_obstacle() {
    let (_folder, store) = store();
    let leftover = store.folder.join(".ca.00000000.new");
    fs::create_dir(&leftover).unwrap();
    fs::write(leftover.join("root.key"), "half").unwrap();
    fs::create_dir(store.folder.join("ca")).unwrap();
    assert!(store.authority().is_ok());
}

#[test]
fn an_identity_is_saved_loaded_and_listed() {
    let (_folder, store) = store();
    let authority = store.authority().unwrap();
    let identity = terminal(&authority);
    let name = clinic().common_name();
    assert!(store.load_identity(&name).unwrap().is_none());
    assert!(store.identities().unwrap().whole.is_empty());

    let folder = store.save_identity(&name, &identity, "changeit").unwrap();
    assert!(folder.ends_with("institutions/1319999916-01"), "{}", folder.display());
    let loaded = store.load_identity(&name).unwrap().unwrap();
    assert_eq!(loaded.facts(), identity.facts());
    assert_eq!(loaded.full_chain_pem(), identity.full_chain_pem());
    let pkcs12 = openssl::pkcs12::Pkcs12::from_der(&fs::read(folder.join(PKCS12)).unwrap()).unwrap();
    assert!(pkcs12.parse2("changeit").is_ok());

    store.save_identity("1319999916-00", &identity, "changeit").unwrap();
    let listed = store.identities().unwrap();
    let names: Vec<_> = listed.whole.iter().map(|identity| identity.name.as_str()).collect();
    assert_eq!(names, ["1319999916-00", "1319999916-01"]);
    assert_eq!(&listed.whole[0].facts, identity.facts());
}

#[test]
fn saving_again_replaces_the_whole_identity() {
    let (_folder, store) = store();
    let authority = store.authority().unwrap();
    let renewed = terminal(&authority);
    store.save_identity("a-01", &terminal(&authority), "old").unwrap();
    store.save_identity("a-01", &renewed, "new").unwrap();
    assert_eq!(store.load_identity("a-01").unwrap().unwrap().facts(), renewed.facts());
    assert_eq!(fs::read_dir(store.folder.join("institutions")).unwrap().count(), 1, "the old one is gone");
}

#[test]
fn one_broken_identity_does_not_hide_the_others() {
    let (_folder, store) = store();
    let identity = terminal(&store.authority().unwrap());
    for name in ["a-01", "b-01", "c-01"] {
        store.save_identity(name, &identity, "changeit").unwrap();
    }
    let institutions = store.folder.join("institutions");
    fs::write(institutions.join("a-01").join(CERTIFICATE), "rubbish").unwrap();
    fs::remove_file(institutions.join("b-01").join(CERTIFICATE)).unwrap();
    fs::create_dir(institutions.join(".x.00000000.old")).unwrap();
    fs::write(institutions.join("readme"), "").unwrap();

    let listed = store.identities().unwrap();
    assert_eq!(listed.whole.len(), 1);
    assert_eq!(listed.broken.len(), 2);
    assert!(matches!(store.load_identity("a-01"), Err(StoreError::Identity { .. })));
    assert!(matches!(store.load_identity("b-01"), Err(StoreError::Read { .. })));
}

#[test]
fn a_name_never_leads_out_of_the_folder() {
    let (_folder, store) = store();
    let identity = terminal(&store.authority().unwrap());
    for name in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "試験", "a\0", &"a".repeat(65)] {
        assert!(
            matches!(store.save_identity(name, &identity, "x"), Err(StoreError::Name { .. })),
            "{name:?}"
        );
        assert!(matches!(store.load_identity(name), Err(StoreError::Name { .. })), "{name:?}");
    }
    assert!(!store.folder.join("institutions").exists());
}

#[test]
fn a_server_certificate_is_kept_while_it_has_30_days() {
    let (_folder, store) = store();
    let authority = store.authority().unwrap();
    let first = store.server(&authority, &SERVER_NAMES, now()).unwrap().facts().clone();
    let names_in_another_order: Vec<_> = SERVER_NAMES.iter().rev().collect();
    let last = first.not_after - days(30);
    for (names, now) in [(names_in_another_order, now()), (SERVER_NAMES.iter().collect(), last)] {
        assert_eq!(store.server(&authority, &names, now).unwrap().facts(), &first);
    }
    let late = last + SignedDuration::from_secs(1);
    let renewed = store.server(&authority, &SERVER_NAMES, late).unwrap().facts().clone();
    assert_ne!(renewed, first);
    assert_eq!(store.server(&authority, &SERVER_NAMES, late).unwrap().facts(), &renewed);
}

#[test]
fn a_server_certificate_is_renewed_when_names_clock_or_authority_change() {
    let (_folder, store) = store();
    let authority = store.authority().unwrap();
    let stored = || store.server(&authority, &SERVER_NAMES, now()).unwrap().facts().clone();

    let first = stored();
    assert_ne!(store.server(&authority, &SERVER_NAMES[..4], now()).unwrap().facts(), &first, "fewer names");
    let second = stored();
    assert_ne!(
        store.server(&authority, &SERVER_NAMES, now() - days(2)).unwrap().facts(),
        &second,
        "clock set back"
    );
    let third = stored();
    let other = Authority::create().unwrap();
    assert_ne!(store.server(&other, &SERVER_NAMES, now()).unwrap().facts(), &third, "another authority");
    let fourth = stored();
    fs::write(store.folder.join("server").join(KEY), "rubbish").unwrap();
    assert_ne!(stored(), fourth, "a broken key");
}

#[test]
fn a_bad_server_name_is_refused_even_with_a_stored_certificate() {
    let (_folder, store) = store();
    let authority = store.authority().unwrap();
    store.server(&authority, &SERVER_NAMES, now()).unwrap();
    let result = store.server(&authority, &["localhost:8443"], now());
    assert!(matches!(result, Err(StoreError::Issue(IssueError::ServerName { .. }))));
}

#[test]
fn a_file_in_place_of_the_data_folder_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(&error, StoreError::Write { path: at, .. } if *at == path), "{error}");
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let (_folder, store) = store();
    let authority = store.authority().unwrap();
    store.server(&authority, &SERVER_NAMES, now()).unwrap();
    store.save_identity("a-01", &terminal(&authority), "changeit").unwrap();
    let mode = |path: &str| fs::metadata(store.folder.join(path)).unwrap().permissions().mode() & 0o777;
    for folder in ["ca", "server", "institutions/a-01"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for file in [
        "ca/root.key",
        "ca/issuing.key",
        "server/key.pem",
        "institutions/a-01/key.pem",
        "institutions/a-01/terminal.p12",
    ] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}
