//! The views of the [later part](crate::later) of the program. Nothing else may name them.

use leptos::prelude::*;

use crate::{
    browser::store::LaterViews,
    view::{
        access::AccessForm,
        completions::Completions,
        draft_bar::DraftBar,
        inspector::Inspector,
        menu::MenuDialog,
        messages::{
            jump_to_latest::JumpToLatest, top_line::TopLine, unread_above::UnreadAbovePill,
        },
        person::PersonCard,
        picker::EmojiPicker,
        room_card::RoomCard,
        row::{refusal::Refusal, toolbar::Toolbar, versions::Versions},
        search::SearchPanel,
        sidebar::people::People,
        switcher::Switcher,
        welcome::{NameLine, WelcomeCard},
    },
};

pub(crate) const LATER_VIEWS: LaterViews = LaterViews {
    above_field: || view! { <DraftBar/><Completions/><EmojiPicker/> }.into_any(),
    access: || view! { <AccessForm/> }.into_any(),
    dialogs: || view! { <Switcher/><RoomCard/><PersonCard/><MenuDialog/> }.into_any(),
    inspector: || view! { <Inspector/> }.into_any(),
    jump_to_latest: || view! { <JumpToLatest/> }.into_any(),
    name_line: || view! { <NameLine/> }.into_any(),
    people: || view! { <People/> }.into_any(),
    refusal: |id, reason| view! { <Refusal id reason/> }.into_any(),
    search: || view! { <SearchPanel/> }.into_any(),
    toolbar: |id| view! { <Toolbar id/> }.into_any(),
    top_line: |list| view! { <TopLine list/> }.into_any(),
    unread_above: || view! { <UnreadAbovePill/> }.into_any(),
    versions: |versions| view! { <Versions versions/> }.into_any(),
    welcome: || view! { <WelcomeCard/> }.into_any(),
};
