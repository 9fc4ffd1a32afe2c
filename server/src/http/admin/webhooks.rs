//! The part of the admin page about webhooks: how far each is behind, and why.

use super::duration::Duration;
use crate::{http::html::Escaped, node::Node, webhooks::states::WebhookState};

/// Writes a table of the webhooks as HTML, if there are any.
pub(super) fn write(html: &mut String, states: &[WebhookState], node: &Node) {
    if states.is_empty() {
        return;
    }
    html.push_str(
        "<h2>Webhooks</h2>\n<table><tr><th>Webhook</th><th>Rooms</th><th>Receiver</th>\
         <th class=\"n\">Entries behind</th><th class=\"n\">Oldest</th><th>State</th></tr>\n",
    );
    let now_ms = node.hub.clock().unix_ms();
    for state in states {
        let webhook = &state.webhook;
        let name = Escaped(webhook.name.as_str());
        let address = webhook.address.to_string();
        let row = format!(
            "<tr><td>{} <span class=\"note\">{name}</span></td><td>{}</td><td>{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
            webhook.id,
            webhook.rooms,
            Escaped(&address),
            state.behind.entries,
            Duration(state.lag_s(now_ms) * 1_000),
            Escaped(&described(state, now_ms)),
        );
        html.push_str(&row);
    }
    html.push_str("</table>\n");
}

/// How a webhook is doing.
fn described(state: &WebhookState, now_ms: u64) -> String {
    let kept = &state.webhook.state;
    let since = |at_ms: u64| Duration(now_ms.saturating_sub(at_ms));
    if let Some(at_ms) = kept.disabled_at_ms {
        let error = &kept.last_error;
        return format!("disabled {} ago: {error}", since(at_ms));
    }
    if let Some(at_ms) = kept.failing_since_ms {
        let (failures, error) = (kept.failures, &kept.last_error);
        return format!("failing for {}, {failures} times: {error}", since(at_ms));
    }
    match kept.delivered_at_ms {
        Some(at_ms) => format!("delivered last {} ago", since(at_ms)),
        None => "nothing delivered yet".to_owned(),
    }
}
