//! Whether a shell command line pushes with git.
//!
//! In doubt it does: a session at a fence has been told to stop, and a command too many that is refused costs it little. So
//! `echo git push` is refused, and what a variable may turn into a push. Refused is also what hands a text with a push in it
//! to a shell or another interpreter. What only mentions a push in a quoted text, a comment or a file that is written is
//! let through, and so is what nobody could see here: a script or an alias of the user's that pushes.

use super::shell::{self, Line, Word};

/// Longer ones are not read, only searched.
const LONGEST: usize = 100_000;
/// Subcommands of git that send commits to elsewhere.
const PUSHING: [&str; 3] = ["push", "send-pack", "http-push"];
/// Subcommands with a `push` of their own.
const WITH_PUSH: [&str; 3] = ["subtree", "lfs", "annex"];
/// Subcommands that run a command for each of something.
const RUNNING: [&str; 4] = ["submodule", "rebase", "bisect", "for-each-repo"];
/// Options of git, before its subcommand, with a word of their own.
const WITH_WORD: [&str; 8] = [
    "-C",
    "-c",
    "--git-dir",
    "--work-tree",
    "--namespace",
    "--config-env",
    "--attr-source",
    "--super-prefix",
];
/// Programs that run what their words or their input say.
const INTERPRETERS: &str = "sh bash zsh dash ksh fish pwsh powershell cmd eval alias trap su sudo env xargs parallel watch \
                            script flock ssh tmux screen find python python3 node deno bun perl ruby php";

/// Whether this command line pushes, or may push.
pub(super) fn is_in(command: &str) -> bool {
    if command.len() > LONGEST {
        return is_mentioned(command);
    }
    let line = shell::read(command);
    line.commands.iter().any(|words| is_push(words))
        || (!line.whole && is_mentioned(command))
        || is_in_a_text(&line)
        || is_in_a_variable(&line, command)
}

fn is_push(words: &[Word]) -> bool {
    let git = |(at, word): (usize, &Word)| match program(&word.text).as_str() {
        "git" => is_pushing(&words[at + 1..]),
        "git-push" | "git-send-pack" | "git-http-push" => true,
        _ => false,
    };
    words.iter().enumerate().any(git) || (words.iter().any(interprets) && words.iter().any(mentions))
}

/// Whether these words after `git` push.
fn is_pushing(words: &[Word]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if WITH_WORD.contains(&word.text.as_str()) {
            if words.next().is_some_and(|value| value.text.contains("alias.")) {
                return true;
            }
        } else if !word.text.starts_with('-') {
            let subcommand = word.text.as_str();
            return word.varies
                || PUSHING.contains(&subcommand)
                || (WITH_PUSH.contains(&subcommand) && words.any(|word| word.text == "push"))
                || (RUNNING.contains(&subcommand) && words.any(mentions));
        }
    }
    false
}

/// A here-document pushes only in the hands of something that runs it, or by what is substituted in it.
fn is_in_a_text(line: &Line) -> bool {
    let runs = line.commands.iter().flatten().any(interprets);
    let substitutes = |text: &str| text.contains("$(") || text.contains('`');
    line.texts.iter().any(|text| (runs || substitutes(text)) && is_mentioned(text))
}

/// `$GIT push`, `$COMMAND`, `eval $COMMAND`.
fn is_in_a_variable(line: &Line, command: &str) -> bool {
    let unknown = |words: &Vec<Word>| {
        let mut rest = words.iter().skip_while(|word| word.leads());
        rest.next().is_some_and(|word| word.varies || (interprets(word) && rest.any(|word| word.varies)))
    };
    let tokens = tokens(command);
    let named = |name: &str| tokens.iter().any(|token| token == name);
    line.commands.iter().any(unknown) && named("git") && named("push")
}

fn interprets(word: &Word) -> bool {
    let program = program(&word.text);
    INTERPRETERS.split(' ').any(|interpreter| interpreter == program)
}

fn mentions(word: &Word) -> bool {
    is_mentioned(&word.text)
}

/// Whether one of the text's commands, roughly told apart, has a `git` and later a `push`.
fn is_mentioned(text: &str) -> bool {
    text.split([';', '&', '|', '\n']).any(|part| follows(&tokens(part)))
}

fn follows(tokens: &[String]) -> bool {
    let git = tokens.iter().position(|token| token == "git");
    let pushes = |at: usize| tokens[at..].iter().any(|token| PUSHING.contains(&token.as_str()));
    git.is_some_and(pushes) || tokens.iter().any(|token| token == "git-push")
}

fn tokens(text: &str) -> Vec<String> {
    let apart = |letter: char| !(letter.is_alphanumeric() || "-_.".contains(letter));
    text.split(apart).filter(|token| !token.is_empty()).map(program).collect()
}

/// The program's name: without its folder, as systems find it that do not tell capitals apart.
fn program(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_push_is_found_however_it_is_written() {
        for command in [
            "git push",
            "git  push\torigin main",
            "git -C dir push",
            "git -C \"my dir\" --no-pager -c user.name=a push --force",
            "git --git-dir=.git --work-tree . push",
            "cd x && git push",
            "cargo test && git commit -am 'done' && git push origin HEAD",
            "git add . ; git push; echo pushed",
            "true || git push",
            "cat log | git push",
            "git push & wait",
            "(cd sub; git push)",
            "{ git push; }",
            "if git diff --quiet; then git push; fi",
            "for r in a b; do git push $r; done",
            "! git push",
            "GIT_SSH_COMMAND='ssh -i k' git push",
            "A=1 B=2 git push",
            "env A=1 git push",
            "sudo -u dev git push",
            "time nohup git push",
            "timeout 60 git push",
            "/usr/bin/git push",
            "\\git push",
            "git.exe push",
            "g\"i\"t pu'sh'",
            "git \\\n  push",
            "git push>out 2>&1",
            "git 2>/dev/null push",
            "git >log push",
            "git &>log push",
            "# first\ngit push",
            "echo hello # greet\ngit push",
            "echo don\\'t; git push",
            "echo \"it's\"; git push",
            "echo \"$(git push)\"",
            "echo `git push`",
            "echo \"$(echo '\"')\"; git push",
            "x=$(cd a && git push 2>&1)",
            "echo \"${x:-$(git push)}\"",
            "echo ${#x}; git push",
            "diff <(git push) b",
            "echo $((1 + 2)); git push",
            "case $x in a) git push;; esac",
            "echo \"$(case $x in a) git push;; esac) it's\"",
            "echo \"$(case $x in a) echo \"b\";; esac)\"; git push",
            "cat <<EOF > notes\nI don't\nEOF\ngit push origin 'main'",
            "cat <<-'END'\n\tno\n\tEND\ngit push",
            "cat <<'THE END'\ndon't \"\nTHE END\ngit push",
            "git commit -m \"$(cat <<'EOF'\nIt's done\nEOF\n)\" && git push",
            "bash -c 'git push'",
            "bash -lc \"cd x && git -C y push\"",
            "sh <<EOF\ngit push\nEOF",
            "cat <<EOF | bash\ngit push\nEOF",
            "bash <<< 'git push'",
            "eval \"git push\"",
            "echo origin | xargs git push",
            "ssh host 'cd repo && git push'",
            "python3 -c \"import os; os.system('git push')\"",
            "node -e 'execFileSync(\"git\", [\"push\"])'",
            "find . -name .git -execdir git push ';'",
            "git submodule foreach 'git push || true'",
            "git rebase -x 'git push' main",
            "git subtree push --prefix a origin b",
            "git lfs push --all origin",
            "git send-pack origin",
            "/usr/lib/git-core/git-push origin",
            "git -c alias.x=push x",
            "git $what",
            "git \"$what\" origin",
            "G=git; $G push",
            "c='git push'; $c",
            "b=push a=git; $a $b",
            "c='git push'; bash -c \"$c\"",
            "{ $(echo git) push; }",
            "if sudo $GIT push; then echo git; fi",
            "alias p='git push'; p",
            "git push --dry-run",
            "echo git push",
            "jj git push",
            "git push 'unfinished",
        ] {
            assert!(is_in(command), "{command}");
        }
    }

    #[test]
    fn what_is_no_push_is_let_through() {
        for command in [
            "",
            "git",
            "git status",
            "git pull && cargo build",
            "git fetch; docker push image",
            "docker push image",
            "$DOCKER push image",
            "git stash push -m work",
            "git commit -m 'git push comes later'",
            "git commit -m \"push\"",
            "git log --grep push",
            "git remote set-url --push origin url",
            "git checkout push",
            "git help push",
            "git diff # then git push",
            "git \\\n status push",
            "echo \"git push\"",
            "printf '%s\\n' 'git push'",
            "grep -rn 'git push' docs",
            "rg \"git push\" .github/workflows",
            "gh pr create --title t --body \"run git push after this\"",
            "cat <<'EOF' > CONTRIBUTING.md\nRun `cargo test`, then:\n    push it\nEOF",
            "cat <<EOF > notes.md\nThen git push it.\nEOF",
            "git show HEAD:push",
            "cat git push.txt",
            "ls git/push",
            "git add . && cat <<EOF > notes\nThen git push.\nEOF",
            "git config push.default simple",
            "npm run push",
            "bash -c 'git status'",
            "bash -c 'git status; docker push image'",
            "python3 -c 'a.push(1)'",
            "git rebase -x 'cargo test' main",
            "git submodule update --init",
            "echo \"$(git status)\"",
            "git commit -m \"$(cat <<'EOF'\nTell of git push, don't push\nEOF\n)\"",
            "echo pushgit",
            "cd $DIR && git status",
        ] {
            assert!(!is_in(command), "{command}");
        }
    }

    #[test]
    fn nothing_is_too_long_or_too_deep() {
        assert!(is_in(&format!("{}; git push", "x".repeat(200_000))));
        assert!(!is_in(&"x".repeat(200_000)));
        assert!(is_in(&format!("{}git push", "$(".repeat(50_000))));
        assert!(!is_in(&"(".repeat(99_000)));
        assert!(!is_in(&"\"$(`${<<".repeat(5_000)));
    }
}
