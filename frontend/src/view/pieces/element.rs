//! Elements, all of one type: each `view!` has one of its own, which is compiled with all that it is made of.

use leptos::{
    ev,
    html::ElementType,
    prelude::*,
    tachys::{
        html::node_ref::NodeRefContainer,
        renderer::{
            Rndr,
            types::{Element, Node},
        },
        view::{Mountable, Render},
    },
    wasm_bindgen::{JsCast, closure::Closure},
};

use super::{AnyView, IntoAny};

/// What an element is given in the document: names and values.
type Given<'a> = &'a [(&'static str, &'a str)];

/// What else there is to an element.
pub(crate) enum Way {
    /// An attribute that changes; there is none where there is no value.
    Follows(&'static str, Box<dyn Fn() -> Option<String> + Send>),
    /// What is done when this happens.
    Hears(&'static str, Box<dyn FnMut(ev::Event) + Send>),
    /// Who wants to have it.
    Known(Box<dyn FnOnce(&Element) + Send>),
}

/// An attribute that changes.
pub(crate) fn follows<T: ToString>(
    name: &'static str,
    value: impl Fn() -> T + Send + 'static,
) -> Way {
    Way::Follows(name, Box::new(move || Some(value().to_string())))
}

/// An attribute that is there or not.
pub(crate) fn is(name: &'static str, is: impl Fn() -> bool + Send + 'static) -> Way {
    Way::Follows(name, Box::new(move || is().then(String::new)))
}

/// What is done when this happens.
pub(crate) fn on<E: JsCast>(name: &'static str, act: impl Fn(E) + Send + 'static) -> Way {
    Way::Hears(name, Box::new(move |event| act(event.unchecked_into())))
}

/// Where the element is to be known.
pub(crate) fn known<E>(at: NodeRef<E>) -> Way
where
    E: ElementType + 'static,
    E::Output: JsCast + 'static,
{
    Way::Known(Box::new(move |element| at.load(element)))
}

/// An element that does not change.
pub(crate) fn element(tag: &'static str, given: Given<'_>, inner: Vec<AnyView>) -> AnyView {
    live(tag, given, Vec::new(), inner)
}

/// An element of this class with nothing but words in it.
pub(crate) fn words(tag: &'static str, class: &str, words: impl Into<String>) -> AnyView {
    element(tag, &[("class", class)], vec![words.into().into_any()])
}

/// A button that does not change.
pub(crate) fn button(
    given: Given<'_>,
    inner: Vec<AnyView>,
    click: impl Fn() + Send + 'static,
) -> AnyView {
    let given = [given, &[("type", "button")]].concat();
    let click = on("click", move |_: ev::Event| click());
    live("button", &given, vec![click], inner)
}

/// An element that changes or hears what happens to it.
pub(crate) fn live(
    tag: &'static str,
    given: Given<'_>,
    ways: Vec<Way>,
    inner: Vec<AnyView>,
) -> AnyView {
    let owned = given
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let given = owned.collect();
    AnyView::new(Box::new(move || Box::new(stand(tag, given, ways, inner))))
}

/// An element in the document, and what it needs while it is there.
struct Standing {
    element: Element,
    _inner: Vec<Box<dyn Mountable>>,
    _followed: Vec<RenderEffect<()>>,
    _heard: Vec<Closure<dyn FnMut(ev::Event)>>,
}

fn stand(
    tag: &'static str,
    given: Vec<(&'static str, String)>,
    ways: Vec<Way>,
    inner: Vec<AnyView>,
) -> Standing {
    let is_drawn = tag == "svg" || tag == "rect";
    let element = Rndr::create_element(tag, is_drawn.then_some("http://www.w3.org/2000/svg"));
    for (name, value) in given {
        Rndr::set_attribute(&element, name, &value);
    }
    let inner = inner.into_iter().map(|view| -> Box<dyn Mountable> {
        let mut built = view.build();
        built.mount(&element, None);
        Box::new(built)
    });
    let _inner = inner.collect();
    let (mut _followed, mut _heard) = (Vec::new(), Vec::new());
    for way in ways {
        match way {
            Way::Follows(name, value) => {
                let element = element.clone();
                let follow = move |_| match value() {
                    Some(value) => Rndr::set_attribute(&element, name, &value),
                    None => Rndr::remove_attribute(&element, name),
                };
                _followed.push(RenderEffect::new(follow));
            }
            Way::Hears(name, act) => {
                let act: Box<dyn FnMut(ev::Event)> = act;
                let listener = Closure::wrap(act);
                // Refused only to what is no function.
                element
                    .add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())
                    .unwrap_or_default();
                _heard.push(listener);
            }
            Way::Known(know) => know(&element),
        }
    }
    Standing {
        element,
        _inner,
        _followed,
        _heard,
    }
}

impl Mountable for Standing {
    fn unmount(&mut self) {
        self.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}
