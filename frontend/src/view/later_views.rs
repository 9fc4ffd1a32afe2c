//! The views of the [later part](crate::later) of the program. Nothing else may name them.

use leptos::prelude::*;

use crate::{
    browser::store::LaterViews,
    view::{
        access::AccessForm,
        completions::OpenList,
        draft_bar::DraftBar,
        inspector::OpenInspector,
        menu::OpenMenu,
        messages::{
            jump_to_latest::JumpToLatest, top_line::TopLine, unread_above::UnreadAbovePill,
        },
        person::OpenPerson,
        picker::OpenPicker,
        room_card::OpenCard,
        row::{refusal::Refusal, toolbar::Toolbar, versions::Versions},
        search::OpenSearch,
        switcher::OpenSwitcher,
        welcome::{NameLine, WelcomeCard},
    },
};

pub(crate) const LATER_VIEWS: LaterViews = LaterViews {
    access: || view! { <AccessForm/> }.into_any(),
    completions: || view! { <OpenList/> }.into_any(),
    draft_banner: || view! { <DraftBar/> }.into_any(),
    inspector: || view! { <OpenInspector/> }.into_any(),
    jump_to_latest: || view! { <JumpToLatest/> }.into_any(),
    menu: || view! { <OpenMenu/> }.into_any(),
    name_line: || view! { <NameLine/> }.into_any(),
    person: || view! { <OpenPerson/> }.into_any(),
    picker: || view! { <OpenPicker/> }.into_any(),
    refusal: |id, reason| view! { <Refusal id reason/> }.into_any(),
    room_card: || view! { <OpenCard/> }.into_any(),
    search: || view! { <OpenSearch/> }.into_any(),
    switcher: || view! { <OpenSwitcher/> }.into_any(),
    toolbar: |id| view! { <Toolbar id/> }.into_any(),
    top_line: |list| view! { <TopLine list/> }.into_any(),
    unread_above: || view! { <UnreadAbovePill/> }.into_any(),
    versions: |versions| view! { <Versions versions/> }.into_any(),
    welcome: || view! { <WelcomeCard/> }.into_any(),
};
