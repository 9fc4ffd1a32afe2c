//! A view of each item, for as long as the item is the same. Leptos's own is made for items that change places, and
//! brings two kinds of hash tables for it; in these lists what is new comes in between, and what is other is made anew.

use std::{cell::RefCell, mem, rc::Rc};

use leptos::{
    prelude::*,
    tachys::{
        renderer::types::{Element, Node},
        view::{Mountable, Render},
    },
};

use super::{AnyView, IntoAny, Memo, any_view::Built};

/// A view of each item, made anew where the item is other than before.
pub(crate) fn each<T: Clone + PartialEq + Send + Sync + 'static>(
    items: Memo<Vec<T>>,
    view: impl Fn(T) -> AnyView + Send + 'static,
) -> AnyView {
    let mut shown: Vec<T> = Vec::new();
    list(Box::new(move || {
        let mut old = shown.iter();
        let new = items.get();
        let steps = new
            .iter()
            .map(|item| match old.clone().position(|old| old == item) {
                Some(skipped) => {
                    old.nth(skipped);
                    Step::Keep { skipped }
                }
                None => Step::Add(Row::new(&|| view(item.clone()))),
            });
        let steps = steps.collect();
        shown = new;
        steps
    }))
}

/// What is to be done for an item of the list, given what the list was.
enum Step {
    /// So many that were there go, and the next one stays.
    Keep { skipped: usize },
    /// This one comes in.
    Add(Row),
}

/// Compares the list with what it was, and gives the steps from there, in order.
type Compare = Box<dyn FnMut() -> Vec<Step> + Send>;

/// An item's view in the document, and what ends with it.
struct Row {
    view: Built,
    _owner: Owner,
}

impl Row {
    fn new(view: &dyn Fn() -> AnyView) -> Self {
        let owner = owner_of_its_own();
        Self {
            // The list does not depend on what a row reads.
            view: owner.with(|| untrack(|| view().build())),
            _owner: owner,
        }
    }

    fn go(mut self) {
        self.view.unmount();
    }
}

/// An owner that belongs to no other. One that does is remembered there even when it is no more, and the rows of a list
/// that goes on for long are many.
fn owner_of_its_own() -> Owner {
    let around = Owner::current();
    if let Some(around) = around.clone() {
        around.unset();
    }
    let owner = Owner::new();
    if let Some(around) = around {
        around.set();
    }
    owner
}

fn list(mut compare: Compare) -> AnyView {
    AnyView::new(Box::new(move || {
        let rows = Rc::new(RefCell::new(Rows {
            rows: Vec::new(),
            end: ().into_any().build(),
        }));
        let arranged = rows.clone();
        let _followed = RenderEffect::new(move |_| arranged.borrow_mut().arrange(compare()));
        Box::new(List { rows, _followed })
    }))
}

/// The rows, and the mark after the last of them.
struct Rows {
    rows: Vec<Row>,
    end: Built,
}

impl Rows {
    fn arrange(&mut self, steps: Vec<Step>) {
        let mut old = mem::take(&mut self.rows).into_iter();
        for step in steps {
            match step {
                Step::Keep { skipped } => {
                    old.by_ref().take(skipped).for_each(Row::go);
                    self.rows.extend(old.next());
                }
                Step::Add(mut row) => {
                    let next = old.as_slice().first().map_or(&self.end, |row| &row.view);
                    next.insert_before_this(&mut row.view);
                    self.rows.push(row);
                }
            }
        }
        old.for_each(Row::go);
    }
}

/// The list in the document.
struct List {
    rows: Rc<RefCell<Rows>>,
    _followed: RenderEffect<()>,
}

impl Mountable for List {
    fn unmount(&mut self) {
        let rows = &mut *self.rows.borrow_mut();
        rows.rows.iter_mut().for_each(|row| row.view.unmount());
        rows.end.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        let rows = &mut *self.rows.borrow_mut();
        for row in &mut rows.rows {
            row.view.mount(parent, marker);
        }
        rows.end.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let rows = self.rows.borrow();
        let first = rows.rows.first().map_or(&rows.end, |row| &row.view);
        first.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        let rows = self.rows.borrow();
        rows.rows
            .iter()
            .flat_map(|row| row.view.elements())
            .collect()
    }
}
