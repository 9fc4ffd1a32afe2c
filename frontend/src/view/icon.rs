//! The page's icons: drawings of one stroke on a grid of 24, in the colour of the text.
//!
//! An icon says nothing to a screen reader, so a button with only an icon has the class
//! `icon-button` and an `aria-label`, which the style sheet shows as its tooltip under the mouse
//! and with the focus of the keyboard:
//! `<button class="icon-button" aria-label=texts::reply()>{icon(Icon::Reply)}</button>`.
#![allow(
    dead_code,
    non_upper_case_globals,
    reason = "the set is drawn as a whole, so that its icons fit together; what is not used is not \
              in the page"
)]

use leptos::prelude::*;

/// An icon: the `d` of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Icon(&'static str);

impl Icon {
    pub(crate) const ArrowDown: Self = Self("M12 4v16M5 13l7 7 7-7");
    pub(crate) const ArrowUp: Self = Self("M12 20V4M5 11l7-7 7 7");
    pub(crate) const Bell: Self = Self("M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4");
    pub(crate) const BellOff: Self = Self(
        "M6 16v-5q0-1 .3-2M9 5.8a6 6 0 0 1 9 5.2v2M14 18H4.5L6 16M10 21h4\
         M4 3l17 18",
    );
    pub(crate) const Calendar: Self = Self("M4 6h16v14H4zM4 10h16M8 3v3M16 3v3");
    pub(crate) const Check: Self = Self("M4 12.5l5.5 5.5L20 7");
    pub(crate) const ChevronLeft: Self = Self("M15 5l-7 7 7 7");
    pub(crate) const Close: Self = Self("M6 6l12 12M18 6L6 18");
    pub(crate) const Copy: Self = Self("M9 9h11v11H9zM15 5V4H4v11h1");
    pub(crate) const Delete: Self = Self("M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5");
    pub(crate) const Edit: Self = Self("M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19zM14 7l3 3");
    pub(crate) const Hash: Self = Self("M9.5 4l-2 16M16.5 4l-2 16M4 9h16.5M3.5 15H20");
    pub(crate) const Inspector: Self = Self("M8 20V4M4 8l4-4 4 4M16 4v16M12 16l4 4 4-4");
    pub(crate) const Link: Self = Self(
        "M10 14a4 4 0 0 0 6 .5l3-3a4.2 4.2 0 0 0-6-6l-1.5 1.5\
         M14 10a4 4 0 0 0-6-.5l-3 3a4.2 4.2 0 0 0 6 6l1.5-1.5",
    );
    pub(crate) const Menu: Self = Self("M4 6h16M4 12h16M4 18h16");
    pub(crate) const More: Self = Self(
        "M4.4 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0\
         M11.4 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0M18.4 12a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0",
    );
    pub(crate) const People: Self = Self(
        "M5.5 7.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0\
         M2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
    );
    pub(crate) const Pin: Self = Self("M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6");
    pub(crate) const Plus: Self = Self("M12 5v14M5 12h14");
    pub(crate) const React: Self = Self(
        "M13 3.1A9 9 0 1 0 20.9 11M9 9.5v.5M15 9.5v.5M8 14.5a4.8 4.8 0 0 0 8 0\
         M19 2v6M16 5h6",
    );
    pub(crate) const Reply: Self = Self("M9 6l-5 5 5 5M4 11h10a6 6 0 0 1 6 6v2");
    pub(crate) const Search: Self =
        Self("M4 10.5a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15.5 15.5L20 20");
    pub(crate) const Send: Self = Self("M4 4l17 8-17 8 2-8zM6 12h7");
    pub(crate) const Settings: Self = Self(
        "M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0\
         M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    );
    pub(crate) const Unread: Self =
        Self("M20 12v5H9l-5 4V6h9M16 6a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0");
    pub(crate) const Smile: Self = Self(
        "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M9 9.5v.5M15 9.5v.5\
         M8 14.5a4.8 4.8 0 0 0 8 0",
    );
}

/// The drawing of an icon, as large as the text's lines are high.
pub(crate) fn icon(Icon(path): Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
    .into_any()
}
