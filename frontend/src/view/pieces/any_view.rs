//! A view of whatever kind, that is built once and never brought up to date.
//!
//! Leptos's own has to be able to bring what it holds up to date, which compiles a second way of building for all that
//! is in it. Here what changes inside a view are its signals; where the view itself is another, it is built anew.

use leptos::tachys::{
    html::attribute::{Attribute, any_attribute::AnyAttribute},
    hydration::Cursor,
    renderer::types::{Element, Node},
    view::{Mountable, Position, PositionState, Render, RenderHtml, add_attr::AddAnyAttr},
};

/// A view of whatever kind.
pub(crate) struct AnyView(Box<dyn FnOnce() -> Box<dyn Mountable> + Send>);

impl AnyView {
    /// What is built so.
    pub(super) fn new(build: Box<dyn FnOnce() -> Box<dyn Mountable> + Send>) -> Self {
        Self(build)
    }
}

/// Takes a view as one of whatever kind.
pub(crate) trait IntoAny {
    fn into_any(self) -> AnyView;
}

impl<T: Render<State: 'static> + Send + 'static> IntoAny for T {
    fn into_any(self) -> AnyView {
        AnyView(Box::new(move || Box::new(self.build())))
    }
}

/// A view of whatever kind, in the document.
pub(crate) struct Built(Box<dyn Mountable>);

impl Mountable for Built {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}

impl Render for AnyView {
    type State = Built;

    fn build(self) -> Built {
        Built((self.0)())
    }

    fn rebuild(self, state: &mut Built) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

/// For views that come from a server as HTML; this page's never do.
impl RenderHtml for AnyView {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Built {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl AddAnyAttr for AnyView {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}
