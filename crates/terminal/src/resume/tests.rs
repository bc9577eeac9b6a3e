//! Commands that go on with a session, in front of real shells.

use super::*;

const ID: &str = "7badc82c-faba-47b8-841c-5741b86525ba";

#[test]
fn a_plain_folder_stays_readable() {
    let resume = resume_command("/home/dev/api", ID).unwrap();
    assert_eq!(resume.sh(), format!("cd /home/dev/api && claude --resume {ID}"));
    assert_eq!(resume.cmd(), Some(format!("cd /d \"/home/dev/api\" && claude --resume {ID}")));
}

#[test]
fn powershell_is_told_every_kind_of_quote_twice() {
    let resume = resume_command("C:\\it\u{2019}s 'mine'", ID).unwrap();
    let wanted = "Set-Location -LiteralPath 'C:\\it\u{2019}\u{2019}s ''mine'''; if ($?) { claude --resume ";
    assert_eq!(resume.powershell(), format!("{wanted}{ID} }}"));
}

#[test]
fn cmd_is_told_nothing_that_it_would_read_as_something_else() {
    for folder in [r"C:\%PATH%", r"C:\wow!", "C:\\a\"b", "a\nb"] {
        assert_eq!(resume_command(folder, ID).unwrap().cmd(), None, "{folder}");
    }
}

#[test]
fn an_odd_id_is_refused() {
    for id in ["", "a b", "$(reboot)", "--help", "a;b", "a\nb", &"a".repeat(129)] {
        assert!(matches!(resume_command("/x", id), Err(NotResumable::OddId(_))), "{id}");
    }
    assert_eq!(resume_command("", ID), Err(NotResumable::NoFolder));
}

/// Names of folders that mean something to one shell or another.
#[cfg(unix)]
const ODD: &[&str] = &[
    "plain",
    "two words",
    "it's",
    "\"quoted\"",
    "$HOME",
    "$(touch owned)",
    "`touch owned`",
    "a;touch owned",
    "a&&b",
    "back\\slash",
    "back\\\\two",
    "100%d",
    "-rf",
    "new\nline",
    "ends\n",
    "\u{1b}[31mred",
    "tab\there",
    "!history",
    "~",
    "*",
    "#x",
    "{a,b}",
    "日本",
    "\u{202e}turned",
    "'",
    "%s\n'\\",
];

#[cfg(unix)]
fn said(program: &str, words: &[&str], path: &str, folder: &std::path::Path) -> String {
    let mut command = std::process::Command::new(program);
    command.args(words).env_clear().env("PATH", path).current_dir(folder).stdin(std::process::Stdio::null());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Each command arrives in its folder and runs `claude` once, and nothing else happens.
#[cfg(unix)]
#[test]
fn no_folder_name_means_anything_to_a_shell() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = tempfile::tempdir().unwrap();
    let base = scratch.path().canonicalize().unwrap();
    std::fs::create_dir(base.join("bin")).unwrap();
    let claude = base.join("bin/claude");
    std::fs::write(&claude, "#!/bin/sh\npwd -P; echo \"<$*>\"\n").unwrap();
    std::fs::set_permissions(&claude, std::fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:/usr/bin:/bin", base.join("bin").display());
    for name in ODD {
        let folder = base.join("in").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let resume = resume_command(folder.to_str().unwrap(), ID).unwrap();
        let wanted = format!("{}\n<--resume {ID}>\n", folder.to_str().unwrap());
        for shell in ["/bin/sh", "/bin/bash"].into_iter().filter(|shell| std::path::Path::new(shell).exists())
        {
            assert_eq!(said(shell, &["-c", &resume.sh()], &path, &base), wanted, "{shell}: {}", resume.sh());
        }
        assert!(!resume.sh().chars().any(steers), "{}", resume.sh());
        let words = resume.words("/bin/sh");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(said(words[0], &words[1..], &path, &base), wanted, "in a new terminal");
    }
    let relative = base.join("-minus");
    std::fs::create_dir(&relative).unwrap();
    let resume = resume_command("-minus", ID).unwrap();
    assert!(said("/bin/sh", &["-c", &resume.sh()], &path, &base).starts_with(relative.to_str().unwrap()));
    let left = std::fs::read_dir(&base).unwrap().count();
    assert_eq!(left, 3, "nothing was made but `bin`, `in` and `-minus`");
}
