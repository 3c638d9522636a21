#include "rest/http/internal/asio.h"

#include <boost/asio/impl/src.hpp>
