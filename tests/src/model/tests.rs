use std::time::Instant;

use super::*;

fn ask_model(model: &Model, messages: Value) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let question = json!({"model": "m", "messages": messages, "tools": [{"name": "Bash"}]});
    let mut response = agent
        .post(format!("{}/v1/messages", model.base_url()))
        .content_type("application/json")
        .send(question.to_string())
        .unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&body).unwrap())
}

#[test]
fn each_answer_in_the_conversation_moves_the_script_on() {
    let model = Model::start();
    model.when("deploy", [bash("make deploy"), say("Deployed.")]);
    let prompt = json!({"role": "user", "content": "please deploy it"});
    let (_, first) = ask_model(&model, json!([prompt]));
    assert_eq!(first["content"][0]["input"]["command"], "make deploy");
    let spoken = json!({"role": "assistant", "content": first["content"]});
    let result =
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": "ok"}]});
    let (_, second) = ask_model(&model, json!([prompt, spoken, result]));
    assert_eq!(second["content"][0]["text"], "Deployed.");
    assert_eq!(model.await_asked("deploy", 1).tools, ["Bash"]);
}

#[test]
fn a_failure_that_has_failed_often_enough_gives_way() {
    let model = Model::start();
    model.when("fragile", [fail_times(529, 2), say("At last.")]);
    let statuses: Vec<u16> =
        (0..3).map(|_| ask_model(&model, json!([{"role": "user", "content": "fragile"}])).0).collect();
    assert_eq!(statuses, [529, 529, 200]);
}

#[test]
fn a_held_answer_comes_when_it_is_released() {
    let model = Model::start();
    model.when("ponder", [say("Forty-two.").when_released()]);
    std::thread::scope(|scope| {
        let thinking = scope.spawn(|| ask_model(&model, json!([{"role": "user", "content": "ponder this"}])));
        model.await_asked("ponder", 0);
        assert!(!thinking.is_finished());
        model.release("ponder");
        assert_eq!(thinking.join().unwrap().1["content"][0]["text"], "Forty-two.");
    });
}

#[test]
fn a_streamed_answer_is_a_sequence_of_events() {
    let model = Model::start();
    model.when("stream", [murmur("one two three", Duration::from_millis(20))]);
    let question = json!({"stream": true, "tools": [{"name": "Bash"}], "messages": [{"role": "user", "content": "stream"}]});
    let began = Instant::now();
    let mut response =
        ureq::post(format!("{}/v1/messages", model.base_url())).send(question.to_string()).unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    let events: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(
        events.join(" "),
        "message_start content_block_start content_block_delta content_block_delta content_block_delta \
         content_block_stop message_delta message_stop"
    );
    assert!(began.elapsed() >= Duration::from_millis(60));
}
