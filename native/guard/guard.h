// No C++ exception leaves a library of ours: every exported function runs its body through guarded() and returns a status.
// The text of the last error is kept per thread.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#define MOL_EXPORT extern "C" __attribute__((visibility("default")))

namespace mol {

enum Status { Ok = 0, BadArgument = 1, UpstreamError = 2, OutOfMemory = 3, Unknown = 4 };

inline std::string& error_text() {
  thread_local std::string text;
  return text;
}

inline const char* last_error() { return error_text().c_str(); }

// Throw this for an argument that the caller got wrong; std::exception means that upstream refused.
struct bad_argument : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

inline void require(bool condition, const char* message) {
  if (!condition) throw bad_argument(message);
}

template <class Body>
int guarded(Body&& body) {
  try {
    error_text().clear();
    body();
    return Ok;
  } catch (const bad_argument& e) {
    error_text() = e.what();
    return BadArgument;
  } catch (const std::bad_alloc&) {
    error_text() = "out of memory";
    return OutOfMemory;
  } catch (const std::exception& e) {
    error_text() = e.what();
    return UpstreamError;
  } catch (...) {
    error_text() = "unknown native error";
    return Unknown;
  }
}

}  // namespace mol
