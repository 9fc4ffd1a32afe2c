//! What listens on the list of messages: keys, the mouse and fingers. It belongs to the
//! [later part](crate::later) of the program: what they do opens at a press.

use leptos::{ev, html::ElementExt, prelude::*};
use parlor_shared::MessageId;
use web_sys::HtmlDivElement;

use super::{keys::ListKeys, pointer::Pointer};
use crate::{browser::store::Store, view::marks::Marks};

/// Listens for as long as the page is open.
pub(crate) fn listen_to_list(
    store: Store,
    list: &HtmlDivElement,
    marks: Marks,
    rows: Memo<Vec<MessageId>>,
) {
    let keys = ListKeys { store, marks, rows };
    let pointer = Pointer::new(store, marks);
    let within = list.clone();
    // A handle that is dropped takes its listener away.
    std::mem::forget((
        list.on(ev::keydown, move |press| keys.on_keydown(&press, &within)),
        list.on(ev::focusout, move |event| keys.on_focusout(&event)),
        list.on(ev::pointerover, move |event| pointer.on_over(&event)),
        list.on(ev::pointerdown, move |event| pointer.on_down(&event)),
        list.on(ev::pointermove, move |event| pointer.on_move(&event)),
        list.on(ev::pointerup, move |_| pointer.touch.on_up()),
        list.on(ev::pointercancel, move |_| pointer.touch.on_cancel()),
        list.on(ev::pointerleave, move |event| pointer.on_leave(&event)),
        list.on(ev::click, move |event| pointer.touch.on_click(&event)),
        list.on(ev::contextmenu, move |event| {
            pointer.touch.on_context_menu(&event)
        }),
    ));
}
