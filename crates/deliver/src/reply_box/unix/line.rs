//! The lines that sessions write to an address.

use serde_json::Value;

use crate::{Letter, Receipt, Returned, Verdict};

/// What a line in the box named `to` says; `None` for one that is of no matter to us. Forms of Claude Code 2.1.330.
pub(super) fn read(to: &str, line: &str) -> Option<Returned> {
    let value: Value = serde_json::from_str(line).ok()?;
    match text(&value, "type")?.as_str() {
        "control" if text(&value, "action")? == "peer_message_status" => {
            receipt(&value).map(Returned::Receipt)
        }
        "user" => {
            let content = text(value.get("message")?, "content")?;
            let (id, from) = (text(&value, "msg_id"), text(&value, "from"));
            Some(Returned::Letter(Letter { to: to.to_owned(), id, from, text: unwrap(&content).to_owned() }))
        }
        _ => None,
    }
}

fn receipt(value: &Value) -> Option<Receipt> {
    let refused = text(value, "status_detail").as_deref() == Some("refused");
    let verdict = match text(value, "status")?.as_str() {
        "held" => Verdict::Held,
        "denied" => Verdict::Denied,
        "delivered" => Verdict::Delivered,
        "expired" if refused => Verdict::Refused,
        "expired" => Verdict::Expired,
        _ => return None,
    };
    let reason = text(value, "reason").unwrap_or_default();
    Some(Receipt { uid: text(value, "orig_msg_id")?, verdict, reason })
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

/// What another session wrote, without the form in which it came.
fn unwrap(text: &str) -> &str {
    let inner = text.trim().strip_prefix("<cross-session-message").and_then(|rest| rest.split_once('>'));
    let inner = inner.and_then(|(_, rest)| rest.rsplit_once("</cross-session-message>"));
    inner.map_or(text, |(inner, _)| inner).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(status: &str) -> String {
        format!(
            r#"{{"type":"control","action":"peer_message_status",{status},"reason":"because","orig_msg_id":"u"}}"#
        )
    }

    #[test]
    fn each_fate_is_understood_and_an_unknown_one_is_passed_over() {
        let verdict = |status| match read("box", &receipt(status)) {
            Some(Returned::Receipt(receipt)) => Some(receipt.verdict),
            _ => None,
        };
        assert_eq!(verdict(r#""status":"held""#), Some(Verdict::Held));
        assert_eq!(verdict(r#""status":"denied""#), Some(Verdict::Denied));
        assert_eq!(verdict(r#""status":"delivered""#), Some(Verdict::Delivered));
        assert_eq!(verdict(r#""status":"expired""#), Some(Verdict::Expired));
        assert_eq!(verdict(r#""status":"expired","status_detail":"refused""#), Some(Verdict::Refused));
        assert_eq!(verdict(r#""status":"pondered""#), None);
    }

    #[test]
    fn a_session_that_writes_to_the_address_is_heard() {
        let content = r#"<cross-session-message from=\"uds:/8.sock\" hop-chain=\"65d8\" from-name=\"api\">\nhi\n</cross-session-message>"#;
        let line = format!(
            r#"{{"msg_id":"m","type":"user","message":{{"content":"{content}"}},"from":"uds:/8.sock"}}"#
        );
        let letter = Letter {
            to: "box".into(),
            id: Some("m".into()),
            from: Some("uds:/8.sock".into()),
            text: "hi".into(),
        };
        assert_eq!(read("box", &line), Some(Returned::Letter(letter)));
        for other in
            ["", "{", r#"{"type":"auth","token":"t"}"#, r#"{"type":"user","message":{"content":[]}}"#]
        {
            assert_eq!(read("box", other), None, "{other}");
        }
    }
}
