//! What file-system events say about the folder `req`. The only module that knows `notify`.

use std::path::{Path, PathBuf};

use messages::file_name::RequestFileName;
use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind, RenameMode},
};

/// What to look at, and how sure the event is. Names are names of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Renamed into place, or closed after writing.
    Finished(Vec<String>),
    /// New, perhaps still being written.
    Appeared(Vec<String>),
    /// The system could not tell everything.
    Missed,
    /// The folder itself was removed or renamed.
    FolderLost,
}

/// Watches one folder.
pub(crate) fn watcher(
    req: &Path,
    hear: impl FnMut(notify::Result<Event>) + Send + 'static,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(hear)?;
    watcher.watch(req, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Most events (opened, read, written to) say nothing that matters here: `None`.
pub(crate) fn of_event(req: &Path, event: notify::Result<Event>) -> Option<Hint> {
    let Ok(event) = event else { return Some(Hint::Missed) };
    if event.need_rescan() {
        return Some(Hint::Missed);
    }
    let moved = matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)));
    if (moved || event.kind.is_remove()) && event.paths.iter().any(|path| path == req) {
        return Some(Hint::FolderLost);
    }
    let left = matches!(event.kind, EventKind::Modify(ModifyKind::Name(RenameMode::From)));
    let closed = event.kind == EventKind::Access(AccessKind::Close(AccessMode::Write));
    let hint: fn(Vec<String>) -> Hint = match () {
        () if closed || moved && !left => Hint::Finished,
        () if event.kind.is_create() => Hint::Appeared,
        () => return None,
    };
    let names = request_names(&event.paths);
    (!names.is_empty()).then(|| hint(names))
}

fn request_names(paths: &[PathBuf]) -> Vec<String> {
    let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
    names.filter(|name| RequestFileName::parse(name).is_some()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, RemoveKind};

    use super::*;

    #[test]
    fn events_are_read_for_what_they_say_about_requests() {
        let req = Path::new("/OQS/req");
        let request = "OQSsiquc01req_1.xml";
        let (finished, appeared) =
            (Some(Hint::Finished(vec![request.into()])), Some(Hint::Appeared(vec![request.into()])));
        let name = |mode| EventKind::Modify(ModifyKind::Name(mode));
        let close = |mode| EventKind::Access(AccessKind::Close(mode));
        let cases = [
            (close(AccessMode::Write), vec![request], &finished),
            (close(AccessMode::Read), vec![request], &None),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), vec![request], &None),
            (EventKind::Modify(ModifyKind::Data(DataChange::Any)), vec![request], &None),
            (name(RenameMode::To), vec![request], &finished),
            (name(RenameMode::Any), vec![request], &finished),
            (name(RenameMode::Both), vec![".1.tmp", request], &finished),
            (name(RenameMode::From), vec![request], &None),
            (name(RenameMode::From), vec![""], &Some(Hint::FolderLost)),
            (EventKind::Create(CreateKind::File), vec![request], &appeared),
            (EventKind::Create(CreateKind::File), vec![".1.tmp"], &None),
            (close(AccessMode::Write), vec!["OQSsiquc01res_1.xml"], &None),
            (EventKind::Remove(RemoveKind::File), vec![request], &None),
            (EventKind::Remove(RemoveKind::Folder), vec![""], &Some(Hint::FolderLost)),
        ];
        for (kind, names, expected) in cases {
            let paths = names.iter().map(|name| if name.is_empty() { req.into() } else { req.join(name) });
            let event = paths.fold(Event::new(kind), Event::add_path);
            assert_eq!(of_event(req, Ok(event)), *expected, "{kind:?} {names:?}");
        }
    }

    #[test]
    fn lost_events_and_errors_make_the_terminal_look() {
        let req = Path::new("/OQS/req");
        let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(of_event(req, Ok(overflow)), Some(Hint::Missed));
        assert_eq!(of_event(req, Err(notify::Error::generic("lost"))), Some(Hint::Missed));
    }
}
