//! What newcomers are told.

use parlor_frontend::{model::visitor_name, texts, view_model::welcome::shows_name};

use crate::*;

#[test]
fn a_visitor_with_a_given_name_hears_it_until_they_have_written_or_chosen_another() {
    let mut page = Page::online();
    page.dispatch(Event::Renamed(visitor_name([5, 14])));
    assert!(
        !shows_name(&page.model),
        "the empty room's card has the name"
    );
    page.receive_entry(entry(1, bob(), post("hello")));
    assert!(shows_name(&page.model));
    assert_eq!(
        texts::you_are(page.model.name.as_str()),
        "You're Clever Owl"
    );
    page.dispatch(Event::Renamed("Ann".to_owned()));
    assert!(!shows_name(&page.model), "a name of their own");
    page.dispatch(Event::Renamed(visitor_name([0, 0])));
    page.receive_entry(entry(2, me(), post("hi")));
    assert!(!shows_name(&page.model), "they have written");
}
