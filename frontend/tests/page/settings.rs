//! What a person has set, and what is told of while nobody looks.

use parlor_frontend::model::settings::Theme;
use parlor_shared::limits::NAME_BYTES_MAX;

use crate::*;

fn alerts(effects: &[Effect]) -> Vec<String> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Alert(alert) => Some(format!("{} in {}: {}", alert.name, alert.room, alert.text)),
        _ => None,
    });
    told.collect()
}

/// A page out of sight that is to notify.
fn out_of_sight() -> Page {
    let mut page = Page::online();
    page.does(Event::SettingsChanged(Settings::parse("notify")));
    page.does(Event::PageHidden);
    page
}

fn other() -> MemberId {
    MemberId::from_bytes([2; 16])
}

#[test]
fn settings_are_kept_as_words_and_words_of_other_versions_do_no_harm() {
    let all = Settings {
        theme: Theme::Dark,
        notify: true,
        sound: true,
    };
    assert_eq!(all.to_string(), "dark notify sound");
    for settings in [all, Settings::default(), Settings::parse("light sound")] {
        assert_eq!(Settings::parse(&settings.to_string()), settings);
    }
    assert_eq!(Settings::parse("sepia dark  loud"), Settings::parse("dark"));
    let effects = Page::online().does(Event::SettingsChanged(all));
    assert_eq!(effects, [Effect::SaveSettings(all)]);
}

#[test]
fn what_another_says_is_told_while_nobody_looks() {
    let mut page = out_of_sight();
    let id = MessageId::new(1, [9; 10]);
    let effects = page.entry_by(other(), "lobby", (1, id, "hello"));
    assert_eq!(alerts(&effects), ["Ann in lobby: hello"]);
    page.does(Event::SettingsChanged(Settings::parse("sound")));
    let id = MessageId::new(2, [9; 10]);
    let effects = page.entry_by(other(), "lobby", (2, id, "again"));
    assert_eq!(alerts(&effects).len(), 1, "the tone alone is told of too");
}

#[test]
fn nothing_is_told_that_one_sees_or_has_said_or_has_not_asked_for() {
    let told = |page: &mut Page, member| {
        let post = (1, MessageId::new(1, [9; 10]), "hello");
        alerts(&page.entry_by(member, "lobby", post)).len()
    };
    assert_eq!(told(&mut out_of_sight(), other()), 1);
    assert_eq!(told(&mut out_of_sight(), me()), 0, "one's own");
    let mut page = out_of_sight();
    page.does(Event::PageShown);
    assert_eq!(told(&mut page, other()), 0, "in sight");
    let mut page = out_of_sight();
    page.does(Event::SettingsChanged(Settings::parse("dark")));
    assert_eq!(told(&mut page, other()), 0, "not asked for");
}

#[test]
fn neither_changes_nor_what_one_catches_up_with_are_told() {
    let mut page = out_of_sight();
    let (post, change) = (MessageId::new(1, [9; 10]), MessageId::new(2, [9; 10]));
    page.entry_by(other(), "lobby", (1, post, "hello"));
    let deletion = Body::Deletion { target: post };
    let effects = page.entry_of(other(), "lobby", (2, change, deletion));
    assert_eq!(alerts(&effects), [""; 0]);

    let mut page = out_of_sight();
    page.does(Event::SocketClosed(None));
    page.does(Event::ConnectRequested);
    page.does(Event::SocketOpened);
    page.welcomed();
    page.joins_behind();
    let effects = page.entry_by(other(), "lobby", (1, post, "said long ago"));
    assert_eq!(alerts(&effects), [""; 0]);
}

#[test]
fn the_dialog_takes_names_as_long_as_they_may_be() {
    let html = include_str!("../../index.html");
    assert!(html.contains(&format!("maxlength=\"{NAME_BYTES_MAX}\"")));
}
