//! What a terminal finds in its work folder at start, when an earlier one was stopped or killed.
//!
//! | entry | record | temporary file | what happened | what to do |
//! |---|---|---|---|---|
//! | yes | no, or torn | any | not answered | ask again under the same key |
//! | yes | yes | yes | answered, not yet in place | rename into place |
//! | yes | yes | no | in place, perhaps already taken away | nothing more to give: end the entry |
//! | no | any | any | done with | remove the rest |

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::Path,
    time::SystemTime,
};

use messages::file_name::RequestFileName;

use crate::{
    FolderError,
    entry::{Entry, Id, Record},
    work::{Work, ignore_missing},
};

/// A request that still needs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) entry: Entry,
    pub(crate) stage: Stage,
}

/// How far a request has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// To be asked, perhaps again.
    Ask,
    /// Answered: the temporary file is to be renamed.
    Place(Record),
}

/// Tidies the work folder and lists what is pending, in the order in which the requests had arrived.
pub(crate) fn recover(work: &Work) -> Result<Vec<Pending>, FolderError> {
    let folder = &work.folders.work;
    let found = entries(folder).map_err(|error| FolderError::new("look into", folder, error))?;
    let pending: Vec<_> = in_order(found).into_iter().filter_map(|entry| resume(work, entry)).collect();
    let ids: HashSet<_> = pending.iter().map(|pending| &pending.entry.id).collect();
    remove_rest(folder, &ids, |name| Id::before_dot(name).filter(|(_, rest)| *rest == "answer"));
    remove_rest(&work.folders.res, &ids, |name| {
        name.strip_prefix('.').and_then(Id::before_dot).filter(|(_, rest)| *rest == "tmp")
    });
    Ok(pending)
}

fn entries(work: &Path) -> io::Result<Vec<(Entry, Option<SystemTime>)>> {
    let mut entries = Vec::new();
    for file in fs::read_dir(work)? {
        let file = file?;
        let name = file.file_name();
        let Some((id, rest)) = name.to_str().and_then(Id::before_dot) else { continue };
        let Some(request) = RequestFileName::parse(rest) else { continue };
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
        entries.push((Entry { id, request }, modified));
    }
    Ok(entries)
}

/// The claims of one process in their order; processes by the time of their oldest request.
fn in_order(mut found: Vec<(Entry, Option<SystemTime>)>) -> Vec<Entry> {
    let mut oldest = HashMap::<_, Option<SystemTime>>::new();
    for (entry, modified) in &found {
        let time = oldest.entry(entry.id.process().to_owned()).or_insert(*modified);
        *time = (*time).min(*modified);
    }
    found.sort_by_cached_key(|(entry, _)| (oldest.get(entry.id.process()).copied(), entry.id.clone()));
    found.into_iter().map(|(entry, _)| entry).collect()
}

fn resume(work: &Work, entry: Entry) -> Option<Pending> {
    let stage = match record(&work.record_path(&entry.id)) {
        None => Stage::Ask,
        Some(record) => match work.folders.res.join(&record.temporary).try_exists() {
            Ok(false) => {
                work.end(&entry, &record);
                return None;
            }
            // Out of reach is not gone.
            Ok(true) | Err(_) => Stage::Place(record),
        },
    };
    Some(Pending { entry, stage })
}

/// `None` if there is none or it is torn: then the rename that it announces has not been tried.
fn record(path: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let is_name = |text: &str| Path::new(text).file_name().is_some_and(|name| name == text);
    (is_name(&record.temporary) && is_name(&record.answer)).then_some(record)
}

fn remove_rest(folder: &Path, pending: &HashSet<&Id>, ours: impl Fn(&str) -> Option<(Id, &str)>) {
    let Ok(files) = fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let rest = name.to_str().and_then(&ours).is_some_and(|(id, _)| !pending.contains(&id));
        if rest && let Err(error) = fs::remove_file(file.path()).or_else(ignore_missing) {
            tracing::warn!(path = %file.path().display(), %error, "can't remove what an earlier terminal left");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::tests::{folders, names};

    const ID: &str = "0123456789abcdef00000001";
    const REQUEST: &str = "OQSsiquc01req_1.xml";
    const ANSWER: &str = "OQSsiquc01res_1.xml";

    fn whole_record() -> String {
        format!(r#"{{"temporary":".{ID}.tmp","answer":"{ANSWER}"}}"#)
    }

    #[test]
    fn each_point_at_which_a_terminal_can_be_killed_is_resumed_without_loss_or_doubling() {
        let whole = whole_record();
        let (entry, tmp, res) = (Some("<a/>"), Some("<b/>"), Some("<b/>"));
        let cases = [
            // what had happened; entry, record, temporary, answer -> stage, left in res
            ("claimed", entry, None, None, None, Some("ask"), vec![]),
            ("writing the answer", entry, None, Some("<"), None, Some("ask"), vec!["tmp"]),
            ("answer written", entry, None, tmp, None, Some("ask"), vec!["tmp"]),
            ("record created", entry, Some(""), tmp, None, Some("ask"), vec!["tmp"]),
            ("writing the record", entry, Some("{\"tempo"), tmp, None, Some("ask"), vec!["tmp"]),
            ("recorded", entry, Some(&*whole), tmp, None, Some("place"), vec!["tmp"]),
            ("recorded, older answer", entry, Some(&*whole), tmp, res, Some("place"), vec!["tmp", "res"]),
            ("renamed", entry, Some(&*whole), None, res, None, vec!["res"]),
            ("renamed and taken away", entry, Some(&*whole), None, None, None, vec![]),
            ("entry removed", None, Some(&*whole), None, res, None, vec!["res"]),
            ("done, file left over", None, None, tmp, res, None, vec!["res"]),
            (
                "record that leaves res",
                entry,
                Some(r#"{"temporary":"../x","answer":"y"}"#),
                None,
                None,
                Some("ask"),
                vec![],
            ),
        ];
        for (what, entry, record, temporary, answer, stage, left) in cases {
            let (_place, folders) = folders();
            let work = Work::open(folders.clone()).unwrap();
            let put = |folder: &Path, name: &str, content: Option<&str>| {
                if let Some(content) = content {
                    fs::write(folder.join(name), content).unwrap();
                }
            };
            put(&folders.work, &format!("{ID}.{REQUEST}"), entry);
            put(&folders.work, &format!("{ID}.answer"), record);
            put(&folders.res, &format!(".{ID}.tmp"), temporary);
            put(&folders.res, ANSWER, answer);

            let pending = recover(&work).unwrap();

            let stages: Vec<_> = pending
                .iter()
                .map(|pending| match &pending.stage {
                    Stage::Ask => "ask",
                    Stage::Place(_) => "place",
                })
                .collect();
            assert_eq!(stages, Vec::from_iter(stage), "{what}");
            let expected: Vec<_> = left
                .iter()
                .map(|name| if *name == "tmp" { format!(".{ID}.tmp") } else { ANSWER.to_owned() })
                .collect();
            assert_eq!(names(&folders.res), expected, "{what}");
            if stage.is_none() {
                assert_eq!(names(&folders.work), [".lock"], "{what}");
            }
            for Pending { entry, stage } in pending {
                assert_eq!((entry.id.as_str(), entry.request.as_str()), (ID, REQUEST), "{what}");
                if let Stage::Place(record) = stage {
                    work.place(&entry, &record).unwrap();
                    assert_eq!(names(&folders.res), [ANSWER], "{what}");
                    assert_eq!(names(&folders.work), [".lock"], "{what}");
                }
            }
        }
    }

    #[test]
    fn an_older_answer_that_was_about_to_be_removed_is_removed_at_the_next_start() {
        let (_place, folders) = folders();
        let work = Work::open(folders.clone()).unwrap();
        fs::write(folders.work.join(format!("{ID}.{REQUEST}")), "<a/>").unwrap();
        fs::write(folders.work.join(format!("{ID}.answer")), whole_record()).unwrap();
        for name in [ANSWER, "OQSsiquc01res_1.err"] {
            fs::write(folders.res.join(name), "").unwrap();
        }
        assert_eq!(recover(&work).unwrap(), []);
        assert_eq!(names(&folders.res), [ANSWER]);
    }

    #[test]
    fn requests_are_resumed_in_the_order_of_their_arrival() {
        let (_place, folders) = folders();
        let work = Work::open(folders.clone()).unwrap();
        // Two processes with two claims each; within a process, claims count, not what senders call the time.
        for (process, claim, age) in [(0xaaaa, 1, 1), (0xaaaa, 0, 2), (0xbbbb, 0, 3), (0xbbbb, 1, 4)] {
            let entry =
                Entry { id: Id::new(process, claim), request: RequestFileName::parse(REQUEST).unwrap() };
            let written = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 - age);
            fs::File::create(work.entry_path(&entry)).unwrap().set_modified(written).unwrap();
        }
        let order: Vec<_> = recover(&work).unwrap().into_iter().map(|pending| pending.entry.id).collect();
        assert_eq!(order, [(0xbbbb, 0), (0xbbbb, 1), (0xaaaa, 0), (0xaaaa, 1)].map(|(p, c)| Id::new(p, c)));
    }

    #[test]
    fn files_that_are_not_the_terminals_stay() {
        let (_place, folders) = folders();
        let work = Work::open(folders.clone()).unwrap();
        let foreign = [".tmp", ".0123.tmp", ".OQSsiquc01res_1.tmp", "OQSsiquc01res_1.xml", "0123.answer"];
        for name in foreign {
            fs::write(folders.res.join(name), "").unwrap();
            fs::write(folders.work.join(name), "").unwrap();
        }
        assert_eq!(recover(&work).unwrap(), []);
        assert_eq!(names(&folders.res).len(), foreign.len());
        assert_eq!(names(&folders.work).len(), foreign.len() + 1);
    }
}
