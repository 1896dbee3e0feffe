//! The declaration of a group: one table from which struct, reader, writer, samples and description follow.
//!
//! A line of `message!` reads
//!
//! ```text
//! Element "日本語" => field: Shape, presence, [mark][mark];
//! ```
//!
//! where the shape is
//!
//! - `Type` for text, `{Type}` for a group, `[Type]` for a repeated group (`Wrapper / Element` if it stands in a list
//!   element, `[Type; either]` if sources disagree whether it does);
//! - `(Type)` for elements that share a prefix: a consent, `(Type; oral)` if it lasts only in some messages.
//!
//! `optional in visits` names the messages that have the element, if not all that share the group do. `Element or Other`
//! reads another spelling as well. A group that stands in several parts of a message under different names
//! (`pub struct Drug<P>`) has one name for each part in brackets, `-` for none.

/// Declares a group of elements. See the module's documentation.
macro_rules! message {
    // A group with one name for each element.
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $about:literal])*
                $element:ident $(or $also:ident)* $(/ $item:ident)? $japanese:literal
                    => $field:ident: $shape:tt, $presence:ident $(in $scope:ident)?, $([$mark:ident])+;
            )*
        }
    ) => {
        $crate::message::group! {
            [$(#[$meta])* #[derive(Debug, Clone, PartialEq, Default)]] $name, [], [], [], [];
            $(
                [$(#[doc = $about])*]
                [concat!("`", stringify!($element), $("/", stringify!($item),)? "`: ", $japanese, ".")]
                [$crate::message::Names {
                    element: $crate::message::shape!(inner $element $($item)?),
                    also: &[$(stringify!($also)),*],
                    wrapper: $crate::message::shape!(wrapper $element $($item)?),
                }]
                $element, $japanese, [$($about)*], $field, $shape, $presence, [$($scope)?], [$($mark)+];
            )*
        }
    };
    // A group with one name for each part of the message.
    (
        $(#[$meta:meta])*
        pub struct $name:ident<$part:ident> {
            $(
                $(#[doc = $about:literal])*
                [$($element:tt)+] $(/ [$($item:tt)+])? $japanese:literal
                    => $field:ident: $shape:tt, $presence:ident $(in $scope:ident)?, $([$mark:ident])+;
            )*
        }
    ) => {
        $crate::message::group! {
            [$(#[$meta])*] $name, [<$part>], [<$part: $crate::message::Part>], [
                /// The part of the message it stands in.
                pub part: std::marker::PhantomData<$part>
            ], [part: std::marker::PhantomData];
            $(
                [$(#[doc = $about])*]
                [concat!("`", stringify!($($element)+), $("/", stringify!($($item)+),)? "`: ", $japanese, ".")]
                [$crate::message::shape!(parts $part [$($element)+] $([$($item)+])?)]
                none, $japanese, [$($about)*], $field, $shape, $presence, [$($scope)?], [$($mark)+];
            )*
        }
        // `derive` refuses generic structs whose types come from a macro.
        impl<$part: $crate::message::Part> Clone for $name<$part> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone(),)* part: std::marker::PhantomData }
            }
        }

        impl<$part: $crate::message::Part> PartialEq for $name<$part> {
            fn eq(&self, other: &Self) -> bool {
                $(self.$field == other.$field)&&*
            }
        }

        impl<$part: $crate::message::Part> Default for $name<$part> {
            fn default() -> Self {
                Self { $($field: Default::default(),)* part: std::marker::PhantomData }
            }
        }

        impl<$part: $crate::message::Part> std::fmt::Debug for $name<$part> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))*.finish()
            }
        }
    };
}

/// The common end of both forms of [`message!`].
macro_rules! group {
    (
        [$($meta:tt)*] $name:ident, [$($generic:tt)*], [$($bound:tt)*], [$($marker:tt)*], [$($unmarked:tt)*];
        $(
            [$($doc:tt)*] [$title:expr] [$names:expr] $element:ident, $japanese:literal, [$($about:literal)*],
            $field:ident, $shape:tt, $presence:ident, [$($scope:ident)?], [$($mark:ident)+];
        )*
    ) => {
        $($meta)*
        pub struct $name $($bound)* {
            $(
                #[doc = $title]
                $($doc)*
                pub $field: $crate::message::shape!(type $shape),
            )*
            $($marker)*
        }

        impl $($bound)* $crate::message::Group for $name $($generic)* {
            const FIELDS: &'static [$crate::message::Field] = &[$(
                $crate::message::Field {
                    names: $names,
                    japanese: $japanese,
                    about: concat!("", $($about,)*),
                    content: $crate::message::shape!(content $shape),
                    presence: $crate::message::shape!(presence $presence),
                    scope: $crate::message::shape!(scope $($scope)?),
                    marks: &[$($crate::message::Mark::$mark),+],
                }
            ),*];

            fn read(
                children: &mut $crate::reading::Children<'_, '_>,
                reading: &mut $crate::reading::Reading<'_>,
            ) -> Self {
                Self {
                    $($field: $crate::message::shape!(
                        read $shape, children, reading, $crate::message::shape!(presence $presence), $names, $element
                    ),)*
                    $($unmarked)*
                }
            }

            fn write<S: $crate::message::Sink>(&self, sink: &mut S) {
                $($crate::message::shape!(write $shape, self.$field, sink, $names, $element);)*
            }

            #[cfg(any(test, feature = "samples"))]
            fn sample(dice: &mut $crate::samples::Dice<'_>) -> Self {
                Self {
                    $($field: $crate::message::shape!(
                        sample $shape, dice, $crate::message::shape!(presence $presence), $names
                    ),)*
                    $($unmarked)*
                }
            }
        }
    };
}

/// The parts of [`message!`] that depend on the shape of a line.
macro_rules! shape {
    (type {$t:ty}) => { Option<$t> };
    (type [$t:ty; either]) => { Vec<$t> };
    (type [$t:ty]) => { Vec<$t> };
    (type ($t:ty; oral)) => { $t };
    (type ($t:ty)) => { $t };
    (type $t:ty) => { $crate::given::Given<$t> };

    (content {$t:ty}) => { $crate::message::Content::Group(<$t as $crate::message::Group>::FIELDS) };
    (content [$t:ty; either]) => { $crate::message::Content::EitherList(<$t as $crate::message::Group>::FIELDS) };
    (content [$t:ty]) => { $crate::message::Content::List(<$t as $crate::message::Group>::FIELDS) };
    (content ($t:ty; oral)) => { $crate::message::Content::Oral(<$t as $crate::message::Prefixed>::PARTS) };
    (content ($t:ty)) => { $crate::message::Content::Prefixed(<$t as $crate::message::Prefixed>::PARTS) };
    (content $t:ty) => { $crate::message::Content::Text(<$t as $crate::value::Value>::KIND) };

    (inner $element:ident) => { stringify!($element) };
    (inner $element:ident $item:ident) => { stringify!($item) };
    (wrapper $element:ident) => { None };
    (wrapper $element:ident $item:ident) => { Some(stringify!($element)) };
    (scope) => { $crate::message::Scope::Everywhere };
    (scope bulk_check) => { $crate::message::Scope::BulkCheck };
    (scope visits) => { $crate::message::Scope::Visits };
    (scope online) => { $crate::message::Scope::Online };
    (presence required) => { $crate::message::Presence::Required };
    (presence single) => { $crate::message::Presence::RequiredInSingle };
    (presence optional) => { $crate::message::Presence::Optional };

    (name -) => { "" };
    (name $element:ident) => { stringify!($element) };
    (parts $part:ident [$($element:tt)+]) => { $crate::message::Names {
        element: [$($crate::message::shape!(name $element)),+][$part::INDEX], also: &[], wrapper: None,
    } };
    (parts $part:ident [$($wrapper:tt)+] [$($element:tt)+]) => { $crate::message::Names {
        element: [$($crate::message::shape!(name $element)),+][$part::INDEX], also: &[],
        wrapper: Some([$($crate::message::shape!(name $wrapper)),+][$part::INDEX]),
    } };

    (read {$t:ty}, $c:ident, $r:ident, $p:expr, $names:expr, $element:ident) => {
        $c.group(&const { $names }, $p, $r)
    };
    (read [$t:ty; either], $c:ident, $r:ident, $p:expr, $names:expr, $element:ident) => {
        $c.either_list(&const { $names }, $p, $r)
    };
    (read [$t:ty], $c:ident, $r:ident, $p:expr, $names:expr, $element:ident) => {
        $c.list(&const { $names }, $p, $r)
    };
    (read ($t:ty $(; oral)?), $c:ident, $r:ident, $p:expr, $names:expr, $element:ident) => {
        <$t as $crate::message::Prefixed>::read(&$crate::oqs::consent_names!($element), $c, $r)
    };
    (read $t:ty, $c:ident, $r:ident, $p:expr, $names:expr, $element:ident) => {
        $c.value(&const { $names }, $p, $r)
    };

    (write {$t:ty}, $f:expr, $s:ident, $names:expr, $element:ident) => {
        if let Some(group) = &$f { $s.group(const { $names }.element, group); }
    };
    (write [$t:ty; either], $f:expr, $s:ident, $names:expr, $element:ident) => {
        if !$f.is_empty() {
            let names = const { $names };
            let wrapper = if $s.is_flat() { None } else { names.wrapper };
            $s.list(wrapper, names.element, &$f);
        }
    };
    (write [$t:ty], $f:expr, $s:ident, $names:expr, $element:ident) => {
        if !$f.is_empty() { $s.list(const { $names }.wrapper, const { $names }.element, &$f); }
    };
    (write ($t:ty $(; oral)?), $f:expr, $s:ident, $names:expr, $element:ident) => {
        $crate::message::Prefixed::write(&$f, &$crate::oqs::consent_names!($element), $s)
    };
    (write $t:ty, $f:expr, $s:ident, $names:expr, $element:ident) => {
        $s.value(const { $names }.element, &$f)
    };

    (sample {$t:ty}, $d:ident, $p:expr, $names:expr) => { $d.group(&$names, $p) };
    (sample [$t:ty; either], $d:ident, $p:expr, $names:expr) => { $d.list(&$names, $p) };
    (sample [$t:ty], $d:ident, $p:expr, $names:expr) => { $d.list(&$names, $p) };
    (sample ($t:ty $(; oral)?), $d:ident, $p:expr, $names:expr) => { <$t as $crate::message::Prefixed>::sample($d) };
    (sample $t:ty, $d:ident, $p:expr, $names:expr) => { $d.value(&$names, $p) };
}

pub(crate) use {group, message, shape};
