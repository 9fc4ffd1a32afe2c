//! The settings, and which messages the user is notified of.

use parlor_frontend::model::settings::Theme;
use parlor_shared::limits::NAME_BYTES_MAX;

use crate::*;

fn alerts(effects: &[Effect]) -> Vec<String> {
    let alerts = effects.iter().filter_map(|effect| match effect {
        Effect::Alert(alert) => Some(format!("{} in {}: {}", alert.name, alert.room, alert.text)),
        _ => None,
    });
    alerts.collect()
}

/// A hidden page whose settings ask for notifications.
fn hidden_page() -> Page {
    let mut page = Page::online();
    page.dispatch(Event::SettingsChanged(Settings::parse("notify")));
    page.dispatch(Event::PageHidden);
    page
}

#[test]
fn settings_are_saved_as_words_and_unknown_words_are_ignored() {
    let all = Settings {
        theme: Theme::Dark,
        notify: true,
        sound: true,
        no_shortcuts: true,
    };
    assert_eq!(all.to_string(), "dark notify sound no-shortcuts");
    for settings in [all, Settings::default(), Settings::parse("light sound")] {
        assert_eq!(Settings::parse(&settings.to_string()), settings);
    }
    assert_eq!(Settings::parse("sepia dark  loud"), Settings::parse("dark"));
    let effects = Page::online().dispatch(Event::SettingsChanged(all));
    assert_eq!(effects, [Effect::SaveSettings(all)]);
}

#[test]
fn a_hidden_page_notifies_of_messages() {
    let mut page = hidden_page();
    let effects = page.receive_entry(entry(1, bob(), post("hello")));
    assert_eq!(alerts(&effects), ["Bob in lobby: hello"]);
    page.dispatch(Event::SettingsChanged(Settings::parse("sound")));
    let effects = page.receive_entry(entry(2, bob(), post("again")));
    assert_eq!(alerts(&effects).len(), 1, "a sound needs an alert too");
}

#[test]
fn messages_that_are_seen_or_own_or_muted_are_not_notified() {
    let alerts = |page: &mut Page, member| {
        let effects = page.receive_entry(entry(1, member, post("hello")));
        alerts(&effects).len()
    };
    assert_eq!(alerts(&mut hidden_page(), bob()), 1);
    assert_eq!(alerts(&mut hidden_page(), me()), 0, "own message");
    let mut page = hidden_page();
    page.dispatch(Event::PageShown);
    assert_eq!(alerts(&mut page, bob()), 0, "visible page");
    let mut page = hidden_page();
    page.dispatch(Event::SettingsChanged(Settings::parse("dark")));
    assert_eq!(alerts(&mut page, bob()), 0, "notifications are off");
}

#[test]
fn neither_changes_nor_missed_messages_are_notified() {
    let mut page = hidden_page();
    page.receive_entry(entry(1, bob(), post("hello")));
    let deletion = Body::Deletion { target: id(1) };
    let effects = page.receive_entry(entry(2, bob(), deletion));
    assert_eq!(alerts(&effects), [""; 0]);

    let mut page = hidden_page();
    page.dispatch(Event::SocketClosed(None));
    page.connect();
    page.join("lobby", 0, 1);
    let effects = page.receive_entry(entry(1, bob(), post("posted long ago")));
    assert_eq!(alerts(&effects), [""; 0]);
}

#[test]
fn the_name_field_takes_the_longest_name() {
    let html = include_str!("../../dialogs.html");
    assert!(html.contains(&format!("maxlength=\"{NAME_BYTES_MAX}\"")));
}
