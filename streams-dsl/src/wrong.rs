//! Programs that must not compile. On stable Rust the documentation tests check only that a program fails, not how: so
//! each stands behind its right form, which compiles, and differs from it in the one line that is marked. The messages are
//! those of `on_unimplemented` at the traits concerned.

/// A type without a serde cannot be read from a topic.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// #[derive(Clone)]
/// struct Order;
///
/// StreamsBuilder::new().stream::<String, String>("orders"); // this line
/// ```
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// #[derive(Clone)]
/// struct Order;
///
/// StreamsBuilder::new().stream::<String, Order>("orders"); // this line
/// ```
struct ASerdeIsMissing;

/// Streams of different types cannot be merged.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let numbers = builder.stream::<String, i64>("numbers");
/// let others = builder.stream::<String, i64>("others"); // this line
/// numbers.merge(&others);
/// ```
///
/// ```compile_fail,E0308
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let numbers = builder.stream::<String, i64>("numbers");
/// let others = builder.stream::<String, String>("others"); // this line
/// numbers.merge(&others);
/// ```
struct MergedTypesDiffer;

/// The store of a count holds numbers.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let words = builder.stream::<String, String>("words").group_by_key();
/// words.count_with(Materialized::<String, i64>::as_("counts")); // this line
/// ```
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let words = builder.stream::<String, String>("words").group_by_key();
/// words.count_with(Materialized::<String, String>::as_("counts")); // this line
/// ```
struct AStoreOfTheWrongType;

/// A number is no window.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let windows = UnlimitedWindows::of(); // this line
/// builder.stream::<String, String>("words").group_by_key().windowed_by(windows);
/// ```
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// let windows = 60; // this line
/// builder.stream::<String, String>("words").group_by_key().windowed_by(windows);
/// ```
struct NoWindow;

/// Texts do not make a table of numbers.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("words").to_table::<String>(); // this line
/// ```
///
/// ```compile_fail,E0277
/// use streams_dsl::prelude::*;
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("words").to_table::<i64>(); // this line
/// ```
struct ATableOfAnotherType;

/// A processor takes what the stream has.
///
/// ```
/// use streams_dsl::prelude::*;
///
/// struct Pass;
///
/// impl Processor<String, i64, String, i64> for Pass {
///     fn process(
///         &mut self,
///         record: Record<String, i64>,
///         ctx: &mut ProcessorContext<'_, String, i64>,
///     ) -> Result<(), BoxError> {
///         Ok(ctx.forward(record)?)
///     }
/// }
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, i64>("numbers").process(|| Pass, &[]); // this line
/// ```
///
/// ```compile_fail,E0271
/// use streams_dsl::prelude::*;
///
/// struct Pass;
///
/// impl Processor<String, i64, String, i64> for Pass {
///     fn process(
///         &mut self,
///         record: Record<String, i64>,
///         ctx: &mut ProcessorContext<'_, String, i64>,
///     ) -> Result<(), BoxError> {
///         Ok(ctx.forward(record)?)
///     }
/// }
///
/// let builder = StreamsBuilder::new();
/// builder.stream::<String, String>("numbers").process(|| Pass, &[]); // this line
/// ```
struct AProcessorOfOtherTypes;
