# Every third party, found once and named here; docs/decisions says why each was chosen. Linked statically
# where Debian ships an archive, so that the program starts fast and runs elsewhere; ONNX Runtime, NVML and
# amdsmi are opened with dlopen on first use.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)

# permille_static(<target> <archive> <header>): a library that has no CMake package, as an imported target.
function(permille_static target archive header)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  find_library(${target}_ARCHIVE NAMES lib${archive}.a ${archive} REQUIRED)
  add_library(permille::${target} INTERFACE IMPORTED)
  target_include_directories(permille::${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  target_link_libraries(permille::${target} INTERFACE ${${target}_ARCHIVE})
endfunction()

permille_static(yaml yaml-cpp yaml-cpp/yaml.h)
permille_static(xxhash xxhash xxhash.h)
permille_static(utf8proc utf8proc utf8proc.h)
permille_static(onig onig oniguruma.h)
permille_static(jpeg jpeg jpeglib.h)
permille_static(png png16 png.h)
permille_static(z z zlib.h)
target_link_libraries(permille::png INTERFACE permille::z m)
permille_static(webp webp webp/decode.h)
permille_static(webpdemux webpdemux webp/demux.h)
target_link_libraries(permille::webp INTERFACE m Threads::Threads)
target_link_libraries(permille::webpdemux INTERFACE permille::webp)
permille_static(zstd zstd zstd.h)
permille_static(sqlite sqlite3 sqlite3.h)
target_link_libraries(permille::sqlite INTERFACE m ${CMAKE_DL_LIBS} Threads::Threads)

find_path(expected_INCLUDE tl/expected.hpp REQUIRED)
add_library(permille::expected INTERFACE IMPORTED)
target_include_directories(permille::expected SYSTEM INTERFACE ${expected_INCLUDE})

# ONNX Runtime's headers: given, system-wide, or where ./setup put them.
set(ONNXRUNTIME_ROOT "$ENV{ONNXRUNTIME_ROOT}" CACHE PATH "Folder with ONNX Runtime's include/ and lib/")
find_path(onnxruntime_INCLUDE onnxruntime_cxx_api.h
          HINTS ${ONNXRUNTIME_ROOT}/include ${PROJECT_SOURCE_DIR}/build/deps/onnxruntime/include
          PATH_SUFFIXES onnxruntime onnxruntime/core/session REQUIRED)
find_library(onnxruntime_LIBRARY NAMES libonnxruntime.so.1 onnxruntime
             HINTS ${ONNXRUNTIME_ROOT}/lib ${PROJECT_SOURCE_DIR}/build/deps/onnxruntime/lib)
add_library(permille::onnxruntime_headers INTERFACE IMPORTED)
target_include_directories(permille::onnxruntime_headers SYSTEM INTERFACE ${onnxruntime_INCLUDE})

add_library(permille_test_support INTERFACE)
target_include_directories(permille_test_support INTERFACE ${PROJECT_SOURCE_DIR}/test)
