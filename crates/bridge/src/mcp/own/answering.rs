//! Acknowledging: the reader says that it has dealt with a message.

use std::sync::Arc;

use serde_json::json;

use super::sending::addressed_to_me;
use super::{Refusal, losses};
use crate::Sender;
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;

pub(super) async fn acknowledge(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let (acknowledged, unknown) = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let (mut acknowledged, mut unknown) = (Vec::new(), Vec::new());
            for uid in call.texts("messages") {
                let Some((letter, me)) = addressed_to_me(post, call, store, &uid)? else {
                    unknown.push(uid);
                    continue;
                };
                let now = post.surroundings.now();
                let conversation = letter.conversation.clone();
                let reader = Sender { conversation, participant: me.participant };
                store.acknowledge(&reader, std::slice::from_ref(&uid), now)?;
                losses::acknowledged(store, &letter, now)?;
                acknowledged.push(uid);
            }
            Ok::<_, Refusal>((acknowledged, unknown))
        })
        .await??;
    let mut text = format!("{} acknowledged.", acknowledged.len());
    if !unknown.is_empty() {
        text.push_str(&format!(" No message to you has the id {}.", unknown.join(", ")));
    }
    Ok(Answer::structured(text, json!({"acknowledged": acknowledged, "unknown": unknown})))
}
