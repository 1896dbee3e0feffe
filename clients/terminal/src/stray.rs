//! Files in `req` that nobody will ever take, since they are not named as requests: told once each, never touched.

use std::{
    collections::{BTreeMap, btree_map},
    fs,
    path::Path,
    time::{Duration, Instant},
};

use messages::{misnamed::Misnamed, refusal::Bilingual};

use crate::{
    intake::{Sighting, Verdict},
    tell::Teller,
};

/// Most files that are remembered. While so many lie there, further ones are not told.
const MOST: usize = 1000;
/// A file is not named as a request.
const LABEL: &str = "T203";

/// What is known of the files that lie there.
#[derive(Debug)]
pub(crate) struct Strays {
    lying: BTreeMap<String, Lying>,
    settling: Duration,
    teller: Teller,
}

#[derive(Debug)]
enum Lying {
    /// Perhaps its sender is about to rename it.
    Seen(Sighting),
    Told,
}

impl Strays {
    /// Files are told when they have not changed for the settling time.
    pub(crate) fn new(settling: Duration, teller: &Teller) -> Self {
        Self { lying: BTreeMap::new(), settling, teller: teller.clone() }
    }

    /// Looks at the misnamed files of the folder, by their sorted names. Forgets those that have gone.
    pub(crate) fn look(&mut self, req: &Path, names: &[String], now: Instant) {
        self.lying.retain(|name, _| names.binary_search(name).is_ok());
        for name in names {
            let is_full = self.lying.len() >= MOST;
            match self.lying.entry(name.clone()) {
                btree_map::Entry::Occupied(mut known) => {
                    if known.get_mut().is_due(&req.join(name), now, self.settling) {
                        known.insert(Lying::Told);
                        tell(&self.teller, req, name);
                    }
                }
                btree_map::Entry::Vacant(place) => {
                    if let (false, Some(sighting)) = (is_full, sighted(&req.join(name), now)) {
                        place.insert(Lying::Seen(sighting));
                    }
                }
            }
        }
    }
}

impl Lying {
    /// Whether to tell of the file now.
    fn is_due(&mut self, path: &Path, now: Instant, settling: Duration) -> bool {
        let (Self::Seen(sighting), Some(seen)) = (self, sighted(path, now)) else { return false };
        sighting.again(seen.length, seen.modified, now);
        sighting.verdict(now, settling, || false) == Verdict::Take
    }
}

/// Folders and links are nobody's request.
fn sighted(path: &Path, now: Instant) -> Option<Sighting> {
    let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Sighting::first(metadata.len(), metadata.modified().ok(), now))
}

fn tell(teller: &Teller, req: &Path, name: &str) {
    let Some(advice) = Misnamed::of(name).map(|misnamed| misnamed.advice()) else { return };
    let Bilingual { ja, en } = advice;
    tracing::warn!(
        label = LABEL, path = %req.join(name).display(),
        "not taken, as it is not named as a request: {en} / 要求の名前ではないため取り込みません: {ja}"
    );
    let text = Bilingual::made(
        format!("端末: {name} は要求の名前ではないため取り込みません。{ja}。"),
        format!("terminal: {name} is not taken, as it is not named as a request: {en}"),
    );
    teller.tell(LABEL, name, text);
}

#[cfg(test)]
mod tests {
    use messages::channel::Report;
    use tokio::sync::mpsc::Receiver;

    use super::*;

    const SETTLING: Duration = Duration::from_secs(3);

    struct Place {
        req: tempfile::TempDir,
        strays: Strays,
        reports: Receiver<Report>,
        start: Instant,
    }

    impl Place {
        fn new() -> Self {
            let (teller, reports) = Teller::new();
            let strays = Strays::new(SETTLING, &teller);
            Self { req: tempfile::tempdir().unwrap(), strays, reports, start: Instant::now() }
        }

        /// Looks so many seconds after the start, and gives the files that are told of.
        fn told_at(&mut self, second: u64) -> Vec<String> {
            let names = crate::work::tests::names(self.req.path());
            self.strays.look(self.req.path(), &names, self.start + Duration::from_secs(second));
            std::iter::from_fn(|| self.reports.try_recv().ok())
                .map(|report| {
                    assert_eq!(report.label, "T203");
                    assert!(report.text.en.contains(&report.file) && report.text.ja.contains(&report.file));
                    report.file
                })
                .collect()
        }

        fn write(&self, name: &str, content: &str) {
            fs::write(self.req.path().join(name), content).unwrap();
        }
    }

    #[test]
    fn a_file_is_told_once_when_it_has_settled_and_again_when_it_has_gone_and_come_back() {
        let mut place = Place::new();
        place.write("OQSsiquc01res_1.xml", "a");
        assert_eq!(place.told_at(0), [""; 0]);
        assert_eq!(place.told_at(2), [""; 0]);
        place.write("OQSsiquc01res_1.xml", "longer");
        assert_eq!(place.told_at(3), [""; 0], "its sender is still at it");
        assert_eq!(place.told_at(5), [""; 0]);
        assert_eq!(place.told_at(6), ["OQSsiquc01res_1.xml"]);
        place.write("OQSsiquc01res_1.xml", "told already");
        for second in 7..30 {
            assert_eq!(place.told_at(second), [""; 0]);
        }
        fs::remove_file(place.req.path().join("OQSsiquc01res_1.xml")).unwrap();
        assert_eq!(place.told_at(30), [""; 0]);
        place.write("OQSsiquc01res_1.xml", "a");
        assert_eq!(place.told_at(31), [""; 0]);
        assert_eq!(place.told_at(34), ["OQSsiquc01res_1.xml"]);
    }

    #[test]
    fn a_folder_is_not_told_and_what_is_remembered_is_bounded() {
        let mut place = Place::new();
        fs::create_dir(place.req.path().join("a.xml")).unwrap();
        (0..MOST + 10).for_each(|n| place.write(&format!("b{n}.xml"), "a"));
        assert_eq!(place.told_at(0), [""; 0]);
        let told = place.told_at(3);
        assert!(!told.is_empty() && !told.contains(&"a.xml".to_owned()));
        assert_eq!(place.strays.lying.len(), MOST);
    }
}
