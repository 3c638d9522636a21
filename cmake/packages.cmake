# The libraries we stand on, all Debian packages (packages.txt).

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(GTest REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers of Asio and Beast; inside rest/ alone
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
if(QUELL_BENCH)
  find_package(benchmark REQUIRED)
endif()

# gRPC, Abseil and what they need as archives, where Debian has them: to load and relocate the 45
# shared ones took a third of each start. Not with sanitizers, where a template compiled into an
# archive could take the place of our instrumented one.
set(RE2_NAMES re2)
if(NOT QUELL_SANITIZE)
  set(RE2_NAMES libre2.a re2)
  get_property(imported DIRECTORY PROPERTY IMPORTED_TARGETS)
  list(FILTER imported INCLUDE REGEX "^(gRPC::|absl::|c-ares::|protobuf::libprotobuf$|yaml-cpp)")
  foreach(target ${imported})
    foreach(config IN ITEMS _NONE _RELEASE "")
      get_target_property(shared ${target} IMPORTED_LOCATION${config})
      string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${shared}")
      if(EXISTS "${archive}")
        set_target_properties(${target} PROPERTIES IMPORTED_LOCATION${config} ${archive})
      endif()
    endforeach()
  endforeach()
endif()

find_library(RE2 NAMES ${RE2_NAMES} REQUIRED)
add_library(quell_re2 INTERFACE)
target_link_libraries(quell_re2 INTERFACE ${RE2})
set_property(TARGET re2::re2 PROPERTY INTERFACE_LINK_LIBRARIES ${RE2})  # gRPC's: the same one

find_library(XXHASH xxhash REQUIRED)
add_library(quell_xxhash INTERFACE)
target_link_libraries(quell_xxhash INTERFACE ${XXHASH})

find_library(NATS nats REQUIRED)  # Debian has no archive of it
find_library(ZSTD zstd REQUIRED)
add_library(quell_nats INTERFACE)
target_link_libraries(quell_nats INTERFACE ${NATS} ${ZSTD})

# Static where the archive is there: the shared one costs 20 ms of relocation at each start.
add_library(quell_rocksdb INTERFACE)
find_library(ROCKSDB_STATIC librocksdb.a)
if(ROCKSDB_STATIC)
  target_link_libraries(quell_rocksdb INTERFACE ${ROCKSDB_STATIC} zstd lz4 snappy bz2 z gflags
                        ${CMAKE_DL_LIBS} Threads::Threads)
else()
  find_library(ROCKSDB rocksdb REQUIRED)
  target_link_libraries(quell_rocksdb INTERFACE ${ROCKSDB})
endif()

# The malloc of the executable alone; sanitizers bring their own.
add_library(quell_malloc INTERFACE)
if(NOT QUELL_SANITIZE)
  find_library(JEMALLOC NAMES jemalloc_pic jemalloc REQUIRED)  # Debian's archive for PIE comes first
  target_link_libraries(quell_malloc INTERFACE ${JEMALLOC} ${CMAKE_DL_LIBS} Threads::Threads)
endif()
