// rest/routes/cat_figures.h
//
// The columns of `_cat/shards`, `_cat/indices` and `_cat/nodes` that show what is done with shards.
// Those about what Quell does not have are there with zeros. Threads: pure functions.

#pragma once

#include <vector>

#include "actions/index_stats/shard_stats.h"
#include "actions/node_stats/figures.h"
#include "rest/cat_table.h"

namespace rest::routes {

std::vector<CatColumn> ShardFigureColumns();
// A cell for each of them. Null: the shard is not open, and the cells are empty.
CatTable::Row ShardFigureCells(const actions::index_stats::ShardFigures* figures);

// Of all shards of a node. Null: the node is silent.
std::vector<CatColumn> NodeFigureColumns();
CatTable::Row NodeFigureCells(const actions::node_stats::ShardFigures* figures);

// Each figure of all copies of an index and of its primaries, which are the same: a shard has one
// copy.
std::vector<CatColumn> IndexFigureColumns();
CatTable::Row IndexFigureCells(const actions::index_stats::ShardFigures* figures);

}  // namespace rest::routes
