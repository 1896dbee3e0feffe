//! The exchange folders: rights, what lies in them, and whether a terminal serves them.

use std::{fs, path::Path};

use messages::{misnamed::Misnamed, refusal::Bilingual};

use super::{Check, State, both};
use crate::{
    Folders,
    entry::random,
    lock::{self, Held},
};

/// Most names that are listed.
const SHOWN: usize = 5;

/// The folders in their order, what lies in them, and whether somebody serves them.
pub(super) fn look_at(folders: &Folders) -> Vec<Check> {
    let Folders { req, res, face, work } = folders;
    let mut checks: Vec<_> =
        [("folder req", req), ("folder res", res), ("folder face", face), ("folder work", work)]
            .map(|(name, path)| look_at_folder(name, path))
            .into();
    if checks.iter().all(|check| check.state == State::Fine) {
        checks.push(move_between(req, work));
        checks.push(named(req));
        checks.push(left_over(work));
    }
    if work.is_dir() {
        checks.push(served(work));
    }
    checks
}

/// Whether files can be made, renamed and removed there.
fn look_at_folder(name: &'static str, path: &Path) -> Check {
    let shown = path.display();
    if !path.is_dir() {
        return Check::broken(
            name,
            both(format!("フォルダー {shown} がありません。"), format!("the folder {shown} doesn't exist")),
            Bilingual::fixed(
                "フォルダーを作成するか、設定のパスを確認してください（onshi-terminal run は自動で作成します）。",
                "create it, or check the path in the settings (onshi-terminal run creates it)",
            ),
        );
    }
    let own = |ending: &str| path.join(format!(".{:016x}.{ending}", random()));
    let (first, second) = (own("tmp"), own("tmp"));
    let tried = fs::write(&first, "")
        .and_then(|()| fs::rename(&first, &second))
        .and_then(|()| fs::remove_file(&second));
    match tried {
        Ok(()) => Check::fine(name, both(format!("{shown} を使えます。"), format!("{shown} can be used"))),
        Err(error) => {
            let _ = fs::remove_file(&first);
            Check::broken(
                name,
                both(
                    format!("{shown} にファイルを作成・変更できません（{error}）。"),
                    format!("files can't be made or changed in {shown} ({error})"),
                ),
                Bilingual::fixed(
                    "端末の利用者に変更の権限を与え、共有の空き容量を確認してください。",
                    "give the terminal's user the right to change files there, and check the free space of the share",
                ),
            )
        }
    }
}

/// Whether a request can be claimed in one step.
fn move_between(req: &Path, work: &Path) -> Check {
    let name = format!(".{:016x}.tmp", random());
    let (from, to) = (req.join(&name), work.join(&name));
    let moved = fs::write(&from, "").and_then(|()| fs::rename(&from, &to));
    let _ = fs::remove_file(if moved.is_ok() { &to } else { &from });
    match moved {
        Ok(()) => Check::fine(
            "work folder",
            Bilingual::fixed(
                "要求を作業フォルダーへ移動できます。",
                "requests can be moved to the work folder",
            ),
        ),
        Err(error) => Check::broken(
            "work folder",
            both(
                format!("要求を作業フォルダーへ移動できません（{error}）。"),
                format!("requests can't be moved to the work folder ({error})"),
            ),
            Bilingual::fixed(
                "作業フォルダーを要求フォルダーと同じ共有・ファイルシステムに置いてください（--work）。",
                "put the work folder on the share or file system of the requests (--work)",
            ),
        ),
    }
}

/// What an earlier terminal has not finished.
fn left_over(work: &Path) -> Check {
    let files = fs::read_dir(work).into_iter().flatten().flatten();
    let requests = files.filter(|file| file.file_name().to_string_lossy().contains("req_")).count();
    match requests {
        0 => Check::fine(
            "requests under way",
            Bilingual::fixed("処理中の要求はありません。", "no request is under way"),
        ),
        count => Check::odd(
            "requests under way",
            both(format!("{count} 件の要求が処理中です。"), format!("{count} requests are under way")),
            Bilingual::fixed(
                "端末が動いていなければ、起動すると再開します。",
                "if no terminal runs, the next start resumes them",
            ),
        ),
    }
}

/// Files that no terminal will ever take.
fn named(req: &Path) -> Check {
    let files = fs::read_dir(req).into_iter().flatten().flatten();
    let names = files.filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()));
    let mut strays: Vec<_> = names
        .filter_map(|file| file.file_name().into_string().ok())
        .filter_map(|name| Misnamed::of(&name).map(|misnamed| (name, misnamed)))
        .collect();
    strays.sort_by(|(one, _), (other, _)| one.cmp(other));
    let Some((_, first)) = strays.first() else {
        return Check::fine(
            "names of requests",
            Bilingual::fixed("XMLファイルはすべて要求の名前です。", "every XML file is named as a request"),
        );
    };
    let shown: Vec<_> = strays.iter().take(SHOWN).map(|(name, _)| name.as_str()).collect();
    let more = if strays.len() > SHOWN { " …" } else { "" };
    let (shown, count) = (shown.join(", ") + more, strays.len());
    let Bilingual { ja, en } = first.advice();
    Check::odd(
        "names of requests",
        both(
            format!("要求の名前ではないため取り込まれないファイルが {count} 件あります（{shown}）。"),
            format!("{count} files are never taken, as they are not named as requests ({shown})"),
        ),
        both(format!("名前を変更してください。{ja}。"), format!("rename them: {en}")),
    )
}

/// Whether a terminal works here.
fn served(work: &Path) -> Check {
    match lock::held(work) {
        Held::Yes => Check::fine(
            "terminal",
            Bilingual::fixed(
                "端末がこのフォルダーを処理しています。",
                "a terminal runs and serves these folders",
            ),
        ),
        Held::Unknown => Check::fine(
            "terminal",
            Bilingual::fixed(
                "端末が動いているかどうかは、このフォルダーでは確認できません。",
                "whether a terminal runs can't be seen in these folders",
            ),
        ),
        Held::No => Check::odd(
            "terminal",
            Bilingual::fixed(
                "このフォルダーを処理している端末がありません。要求は取り込まれません。",
                "no terminal runs: nobody serves these folders, so requests are not taken",
            ),
            Bilingual::fixed(
                "onshi-terminal run（または端末内蔵の onshi-mock）を起動するか、フォルダーの指定（--exchange、--work）を確認してください。",
                "start onshi-terminal run (or onshi-mock with its terminal), or check which folders are meant (--exchange, --work)",
            ),
        ),
    }
}
