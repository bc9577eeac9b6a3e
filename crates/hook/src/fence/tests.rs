use super::*;

fn account(tool: &str, input: Value) -> Value {
    json!({"session_id": "s-1", "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input})
}

fn fence(whom: Value) -> Value {
    json!({"pid": 42, "started": "686325", "session_id": "s-1", "whom": whom, "task": "12", "text": "Task 12 was taken"})
}

fn caller<'a>(pid: u32, session_id: &'a str, agent: Option<&'a str>, agent_type: &'a str) -> Caller<'a> {
    Caller { pid: Some(pid), session_id, agent, agent_type }
}

fn started(_: u32) -> Option<String> {
    Some("686325".to_owned())
}

#[test]
fn edits_and_pushes_can_be_refused_and_nothing_else() {
    for tool in ["Edit", "Write", "MultiEdit", "NotebookEdit"] {
        assert!(refusable(&account(tool, json!({"file_path": "/code/a"}))).is_some(), "{tool}");
    }
    for tool in ["Bash", "PowerShell", "Monitor"] {
        assert!(refusable(&account(tool, json!({"command": "cd a && git push"}))).is_some(), "{tool}");
        assert!(refusable(&account(tool, json!({"command": "cargo test"}))).is_none(), "{tool}");
        assert!(refusable(&account(tool, json!({"command": 7}))).is_none(), "{tool}");
        assert!(refusable(&account(tool, Value::Null)).is_none(), "{tool}");
    }
    for tool in ["Read", "Agent", "mcp__peerwatch__complete_task", ""] {
        assert!(refusable(&account(tool, json!({"command": "git push"}))).is_none(), "{tool}");
    }
    for broken in [Value::Null, json!([]), json!("Write"), json!({"tool_name": ["Write"]})] {
        assert!(refusable(&broken).is_none(), "{broken}");
    }
}

#[test]
fn a_fence_holds_for_the_process_and_for_the_conversation() {
    let own = fence(json!("own"));
    let holds = |pid, session_id| caller(pid, session_id, None, "").is_behind(&own, started);
    assert!(holds(42, "s-1"));
    assert!(holds(42, "s-2"), "after /clear");
    assert!(holds(43, "s-1"), "resumed by another process");
    assert!(!holds(43, "s-2"));
    assert!(!holds(43, ""));

    let reused = |_| Some("999999".to_owned());
    assert!(
        !caller(42, "s-2", None, "").is_behind(&own, reused),
        "a pid that was used again is another process"
    );
    assert!(!caller(42, "s-2", None, "").is_behind(&own, |_| None), "nor is it proof without its start");
    let mut undated = own.clone();
    undated["started"] = Value::Null;
    assert!(!caller(42, "s-2", None, "").is_behind(&undated, started));
    assert!(caller(42, "s-1", None, "").is_behind(&undated, started));
}

#[test]
fn it_holds_for_the_agents_that_it_names() {
    let [own, all] = ["own", "own_and_subagents"].map(|whom| fence(json!(whom)));
    let named = fence(json!({"agent": "aec81b1858ac9a4a3"}));
    let subagent = caller(42, "s-1", Some("aec81b1858ac9a4a3"), "general-purpose");
    let other = caller(42, "s-1", Some("a0123456789abcdef"), "general-purpose");
    let teammate = caller(42, "s-1", Some("abuilder-447fea7b72e866cf"), "builder");
    let session = caller(42, "s-1", None, "");
    let table = [
        (&own, [true, false, false, false]),
        (&all, [true, true, true, false]),
        (&named, [false, true, false, false]),
        (&fence(json!("everybody")), [false; 4]),
        (&fence(Value::Null), [false; 4]),
    ];
    for (fence, expected) in table {
        let holds = [&session, &subagent, &other, &teammate].map(|caller| caller.is_behind(fence, started));
        assert_eq!(holds, expected, "{fence}");
    }
}

#[test]
fn the_conversation_is_the_one_in_the_account() {
    let told = json!({"session_id": "s-1"});
    assert_eq!(Caller::of(&told, None, Some("s-2")).session_id, "s-1");
    assert_eq!(Caller::of(&Value::Null, None, Some("s-2")).session_id, "s-2");
    assert_eq!(Caller::of(&Value::Null, None, None).session_id, "");
}
