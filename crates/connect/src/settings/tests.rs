use std::fs;

use serde_json::json;

use super::*;

/// As Claude Code writes it: everything anew, keys in an order of its own, numbers as it keeps them.
const WRITTEN_ANEW: &str = r#"{
  "model": "opus",
  "extraKnownMarketplaces": {
    "peerwatch": {
      "source": {
        "source": "directory",
        "path": "/own/plugin"
      }
    }
  },
  "enabledPlugins": {
    "peerwatch@peerwatch": true
  },
  "zeta": 1.5,
  "long": 12345678901234567000
}
"#;
const USERS: &str = "{\n    \"zeta\": 1.50,  \"long\": 12345678901234567890,\n\n    \"model\":\"opus\"\n}";

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> File {
        File::of(self.folder.path())
    }

    fn write(&self, text: &str) -> Text {
        fs::write(self.file().path(), text).unwrap();
        self.file().read().unwrap().unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file().path()).unwrap()
    }
}

fn pieces(restored: Restored) -> Vec<String> {
    match restored {
        Restored::Kept(pieces) => pieces,
        Restored::Left(why) => panic!("left: {why}"),
    }
}

/// Connects a file with this text; returns what it holds then, and what we left in it.
fn connected(scene: &Scene, before: &str) -> (Text, Traces) {
    let before = scene.write(before);
    let mut traces = Traces::before(Some(&before));
    let after = scene.write(WRITTEN_ANEW);
    traces.pieces = pieces(scene.file().keep_with_ours(Some(&before), &after));
    (scene.file().read().unwrap().unwrap(), traces)
}

#[test]
fn the_users_text_is_put_back_with_our_keys_and_without_them() {
    let scene = Scene::new();
    let (with, traces) = connected(&scene, USERS);
    expect_test::expect![[r#"
        {
            "zeta": 1.50,  "long": 12345678901234567890,

            "model":"opus",
            "extraKnownMarketplaces": {
                "peerwatch": {
                    "source": {
                        "path": "/own/plugin",
                        "source": "directory"
                    }
                }
            },
            "enabledPlugins": {
                "peerwatch@peerwatch": true
            }
        }"#]]
    .assert_eq(&scene.text());

    let base = with.without(&traces);
    let after = scene.write(r#"{"model":"opus","enabledPlugins":{},"extraKnownMarketplaces":{},"zeta":1.5,"long":12345678901234567000}"#);
    pieces(scene.file().keep_without_ours(base.as_ref(), Some(&after)));
    assert_eq!(scene.text(), USERS);
}

#[test]
fn what_the_user_changed_meanwhile_stays_when_ours_goes() {
    let (with, traces) = connected(&Scene::new(), USERS);
    let edited = with.text.replace("\"model\":\"opus\"", "\"model\":\"haiku\",  \"new\": [ ]");
    let without = Text::parse(edited).unwrap().without(&traces).unwrap();
    assert_eq!(without.text, USERS.replace("\"model\":\"opus\"", "\"model\":\"haiku\",  \"new\": [ ]"));

    let added =
        with.text.replace("peerwatch@peerwatch\": true", "peerwatch@peerwatch\": true, \"x@y\": true");
    let without = Text::parse(added).unwrap().without(&traces).unwrap();
    assert_eq!(without.value["enabledPlugins"], json!({"x@y": true}));
    assert!(without.text.starts_with(&USERS[..USERS.len() - 2]), "{}", without.text);
}

#[test]
fn a_file_that_was_written_anew_loses_our_keys_and_the_objects_that_came_with_them() {
    let (_, traces) = connected(&Scene::new(), USERS);
    let without = Text::parse(WRITTEN_ANEW.to_owned()).unwrap().without(&traces).unwrap();
    expect_test::expect![[r#"
        {
          "model": "opus",
          "zeta": 1.5,
          "long": 12345678901234567000
        }
    "#]]
    .assert_eq(&without.text);
}

#[test]
fn an_empty_object_that_the_user_had_stays() {
    let users = USERS.replace('}', ",\n    \"enabledPlugins\": {}\n}");
    let scene = Scene::new();
    let (with, traces) = connected(&scene, &users);
    assert_eq!(traces.objects, ["extraKnownMarketplaces"]);
    assert_eq!(with.without(&traces).unwrap().text, users);
    let reformatted = serde_json::to_string(&with.value).unwrap();
    let without = Text::parse(reformatted).unwrap().without(&traces).unwrap();
    assert_eq!(without.value["enabledPlugins"], json!({}));
}

#[test]
fn where_there_was_no_file_there_is_none_afterwards_unless_something_else_came_into_it() {
    let scene = Scene::new();
    let traces = Traces::before(None);
    let ours = r#"{"extraKnownMarketplaces":{"peerwatch":{}},"enabledPlugins":{"peerwatch@peerwatch":true}}"#;
    let with = scene.write(ours);
    assert!(pieces(scene.file().keep_with_ours(None, &with)).is_empty());
    assert_eq!(with.without(&traces), None);
    let after = scene.write(r#"{"extraKnownMarketplaces":{},"enabledPlugins":{}}"#);
    pieces(scene.file().keep_without_ours(None, Some(&after)));
    assert!(!scene.file().path().exists());

    let with = scene.write(&ours.replacen('{', "{\"model\": 1, ", 1));
    assert_eq!(with.without(&traces).unwrap().value, json!({"model": 1}));
}

#[test]
fn a_change_while_we_work_is_left_alone() {
    let scene = Scene::new();
    let before = scene.write(USERS);
    let after = scene.write(&WRITTEN_ANEW.replace("opus", "haiku"));
    let Restored::Left(why) = scene.file().keep_with_ours(Some(&before), &after) else { panic!() };
    assert_eq!(why, CHANGED);

    let after = scene.write(WRITTEN_ANEW);
    let meanwhile = scene.write(&WRITTEN_ANEW.replace("opus", "haiku"));
    let Restored::Left(why) = scene.file().keep_with_ours(Some(&before), &after) else { panic!() };
    assert_eq!(why, CHANGED);
    assert_eq!(scene.text(), meanwhile.text);
    let left: Vec<_> = fs::read_dir(scene.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no half-written file stays: {left:?}");
}

#[test]
fn an_object_that_stands_there_twice_does_not_bring_ours_back() {
    let twice = r#"{"enabledPlugins": {"x@y": true}, "enabledPlugins": {}}"#;
    let scene = Scene::new();
    let traces = Traces::before(Some(&scene.write(twice)));
    let with = r#"{"enabledPlugins": {"x@y": true}, "enabledPlugins": {"peerwatch@peerwatch": true}}"#;
    let with = scene.write(with);
    let after = scene.write(r#"{"enabledPlugins": {}}"#);
    // Without a record, taking our object away would bring the other to life.
    let base = with.without(&Traces::unknown());
    let restored = scene.file().keep_without_ours(base.as_ref(), Some(&after));
    assert!(matches!(restored, Restored::Left(_)));
    assert_eq!(scene.text(), after.text);

    let base = with.without(&traces);
    pieces(scene.file().keep_without_ours(base.as_ref(), Some(&after)));
    assert_eq!(scene.text(), twice);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_and_the_mode_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new();
    let real = scene.folder.path().join("dotfiles.json");
    fs::write(&real, USERS).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("dotfiles.json", scene.file().path()).unwrap();
    let (with, _) = connected(&scene, USERS);
    assert!(scene.file().path().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), with.text);
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_is_no_json_object_is_refused() {
    let scene = Scene::new();
    for broken in ["{\"a\": 1,", "{\n  // mine\n  \"a\": 1\n}", "{\"a\": 1,}", "[]", ""] {
        fs::write(scene.file().path(), broken).unwrap();
        let error = scene.file().read().unwrap_err();
        assert!(matches!(error, Error::Settings { .. }), "{broken}: {error}");
    }
    assert_eq!(scene.write("\u{FEFF}{\"model\": 1}").value["model"], 1);
}
