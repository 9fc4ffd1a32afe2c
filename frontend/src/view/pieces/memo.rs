//! A value made from what changes, and known to be the same or another.

use std::{any::Any, cell::RefCell, marker::PhantomData, rc::Rc};

use leptos::prelude::{Memo as Counted, *};

/// A value that is made anew whenever something it reads has changed, and wakes who reads it where it is another than
/// before. Leptos's own, but of one type inside: it counts the changes, and the value lies beside it.
pub(crate) struct Memo<T> {
    changes: Counted<u32>,
    value: StoredValue<Rc<dyn Any>, LocalStorage>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    /// What `make` gives. Its argument is nothing.
    pub(crate) fn new(make: impl Fn(()) -> T + Send + Sync + 'static) -> Self {
        Self::boxed(Box::new(move || make(())))
    }

    fn boxed(make: Box<dyn Fn() -> T + Send + Sync>) -> Self {
        let first: Rc<dyn Any> = Rc::new(RefCell::new(untrack(&*make)));
        let value = StoredValue::new_local(first);
        let is_other = move || {
            let (new, held) = (make(), value.get_value());
            let held = of_type::<T>(&held);
            let is_other = *held.borrow() != new;
            if is_other {
                held.replace(new);
            }
            is_other
        };
        Self {
            changes: count(Box::new(is_other)),
            value,
            of: PhantomData,
        }
    }

    pub(crate) fn track(&self) {
        self.changes.track();
    }

    pub(crate) fn with<U>(&self, look: impl FnOnce(&T) -> U) -> U {
        self.track();
        self.with_untracked(look)
    }

    pub(crate) fn with_untracked<U>(&self, look: impl FnOnce(&T) -> U) -> U {
        // Makes it anew, where it has to be.
        self.changes.get_untracked();
        let held = self.value.get_value();
        look(&of_type::<T>(&held).borrow())
    }
}

impl<T: PartialEq + Clone + 'static> Memo<T> {
    pub(crate) fn get(&self) -> T {
        self.with(T::clone)
    }

    pub(crate) fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

fn of_type<T: 'static>(held: &Rc<dyn Any>) -> &RefCell<T> {
    match held.downcast_ref() {
        Some(held) => held,
        None => unreachable!("it was made with a value of this type"),
    }
}

fn count(is_other: Box<dyn Fn() -> bool + Send + Sync>) -> Counted<u32> {
    Counted::new(move |count: Option<&u32>| {
        let is_other = is_other();
        count.map_or(0, |count| count.wrapping_add(u32::from(is_other)))
    })
}
