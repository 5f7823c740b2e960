mod bounds;
mod endings;
mod world;
