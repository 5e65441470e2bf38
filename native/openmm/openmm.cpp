// OpenMM behind a C ABI that throws nothing: systems, integrators and states as XML, contexts, whole batches in one call.
// Units are OpenMM's: nm, ps, Da, kJ/mol. A handle is used by one thread at a time; different handles by different threads.
#include <cmath>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include <OpenMM.h>
#include <openmm/serialization/XmlSerializer.h>

#include "guard/guard.h"

using namespace OpenMM;
using namespace mol;

struct molopenmm_system {
  std::shared_ptr<System> system;  // shared with its contexts, which only read it
};

struct molopenmm_context {
  std::shared_ptr<System> system;  // the context must not outlive it
  std::unique_ptr<Integrator> integrator;
  std::unique_ptr<Context> context;  // destroyed first
};

namespace {

std::string& text() {
  thread_local std::string t;
  return t;
}

std::string plugin_failures;

void load_plugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    const char* named = std::getenv("OPENMM_PLUGIN_DIR");
    std::string folder = named && *named ? named : Platform::getDefaultPluginsDirectory();
    try {
      Platform::loadPluginsFromDirectory(folder);
      for (const auto& failure : Platform::getPluginLoadFailures()) plugin_failures += (plugin_failures.empty() ? "" : "; ") + failure;
    } catch (const std::exception& e) {
      plugin_failures = e.what();  // the Reference platform needs no plugin
    }
  });
}

// OpenMM's XML parser reads beyond the end of a text whose last element is not closed (seen with AddressSanitizer in 7.7): every element must be
// complete and closed before it gets the text.
void require_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  size_t at = xml.find('<');
  bool any = false;
  for (; at != std::string::npos; at = xml.find('<', at)) {
    if (xml.compare(at, 4, "<!--") == 0) {
      at = xml.find("-->", at);
      require(at != std::string::npos, "malformed XML: a comment is not closed");
      continue;
    }
    size_t end = at + 1;
    char quote = 0;
    for (; end < xml.size() && (quote || xml[end] != '>'); ++end) {
      if (quote ? xml[end] == quote : xml[end] == '"' || xml[end] == '\'') quote = quote ? 0 : xml[end];
    }
    require(end < xml.size(), "malformed XML: an element is not complete");
    std::string name = xml.substr(at + 1, xml.find_first_of(" \t\r\n/>", at + 2) - at - 1);
    if (xml[at + 1] == '/') {
      require(!open.empty() && xml.compare(at + 2, open.back().size(), open.back()) == 0, "malformed XML: an element is closed that was not open");
      open.pop_back();
    } else if (xml[at + 1] != '?' && xml[at + 1] != '!') {
      any = true;
      if (xml[end - 1] != '/') open.push_back(name);
    }
    at = end;
  }
  require(any && open.empty(), "malformed XML: an element is not closed");
}

// OpenMM converts numbers in XML by code with a free list of its own and no lock (D. Gay's dtoa, built for one thread): one thread at a time, or it crashes.
std::mutex xml_mutex;

// The CPU platform keeps its contexts in a static map without a lock, so contexts come and go one at a time; a minimisation may make one of its own.
std::mutex context_mutex;

template <class T>
std::unique_ptr<T> from_xml(const char* xml, const char* what) {
  require(xml, "null argument");
  require_well_formed(xml);
  std::lock_guard<std::mutex> lock(xml_mutex);
  std::istringstream stream(xml);
  std::unique_ptr<T> object(XmlSerializer::deserialize<T>(stream));
  if (!object) throw std::runtime_error(std::string("the XML does not describe a ") + what);
  return object;
}

std::vector<Vec3> vectors(const double* x, size_t count) {
  std::vector<Vec3> v(count);
  for (size_t i = 0; i < count; ++i) v[i] = Vec3(x[3 * i], x[3 * i + 1], x[3 * i + 2]);
  return v;
}

void copy(const std::vector<Vec3>& v, double* x) {
  for (size_t i = 0; i < v.size(); ++i)
    for (int c = 0; c < 3; ++c) x[3 * i + c] = v[i][c];
}

size_t particles(const molopenmm_context* c) { return c->system->getNumParticles(); }

}  // namespace

MOL_EXPORT const char* molopenmm_last_error() { return last_error(); }
MOL_EXPORT const char* molopenmm_text() { return text().c_str(); }
MOL_EXPORT const char* molopenmm_built_for() { return MOLOPENMM_BUILT_FOR; }

// text: the version of the library that was loaded; another minor version than the one compiled against is refused.
MOL_EXPORT int molopenmm_version() {
  return guarded([&] {
    text() = Platform::getOpenMMVersion();
    std::string built = MOLOPENMM_BUILT_FOR;
    if (text().substr(0, text().rfind('.')) != built.substr(0, built.rfind('.')) && text() != built)
      throw std::runtime_error("this shim was built for OpenMM " + built + ", but " + text() + " was loaded: build it again (remove build/native)");
  });
}

// text: names of the platforms, one a line, slowest first; then an empty line and what failed to load.
MOL_EXPORT int molopenmm_platforms() {
  return guarded([&] {
    load_plugins();
    std::string names;
    for (int i = 0; i < Platform::getNumPlatforms(); ++i) names += Platform::getPlatform(i).getName() + "\n";
    text() = names + "\n" + plugin_failures;
  });
}

MOL_EXPORT int molopenmm_system_from_xml(const char* xml, molopenmm_system** system) {
  return guarded([&] {
    require(system, "null argument");
    *system = nullptr;
    auto handle = std::make_unique<molopenmm_system>();
    handle->system = from_xml<System>(xml, "System");
    *system = handle.release();
  });
}

MOL_EXPORT int molopenmm_system_to_xml(const molopenmm_system* system) {
  return guarded([&] {
    require(system, "null argument");
    std::ostringstream stream;
    std::lock_guard<std::mutex> lock(xml_mutex);
    XmlSerializer::serialize<System>(system->system.get(), "System", stream);
    text() = stream.str();
  });
}

MOL_EXPORT int molopenmm_system_size(const molopenmm_system* system, int* count) {
  return guarded([&] {
    require(system && count, "null argument");
    *count = system->system->getNumParticles();
  });
}

MOL_EXPORT int molopenmm_system_masses(const molopenmm_system* system, double* masses) {
  return guarded([&] {
    require(system && masses, "null argument");
    for (int i = 0; i < system->system->getNumParticles(); ++i) masses[i] = system->system->getParticleMass(i);
  });
}

MOL_EXPORT void molopenmm_system_free(molopenmm_system* system) { delete system; }

// platform: null or empty for the fastest. properties: "key=value" a line, or null.
MOL_EXPORT int molopenmm_context_create(const molopenmm_system* system, const char* integrator_xml, const char* platform, const char* properties,
                                        molopenmm_context** context) {
  return guarded([&] {
    require(system && context, "null argument");
    *context = nullptr;
    load_plugins();
    auto handle = std::make_unique<molopenmm_context>();
    handle->system = system->system;
    handle->integrator = from_xml<Integrator>(integrator_xml, "Integrator");
    std::lock_guard<std::mutex> lock(context_mutex);
    if (platform && *platform) {
      std::map<std::string, std::string> map;
      std::istringstream lines(properties ? properties : "");
      for (std::string line; std::getline(lines, line);) {
        size_t equals = line.find('=');
        if (line.empty()) continue;
        require(equals != std::string::npos, "a platform property must read key=value");
        map[line.substr(0, equals)] = line.substr(equals + 1);
      }
      handle->context.reset(new Context(*handle->system, *handle->integrator, Platform::getPlatformByName(platform), map));
    } else {
      handle->context.reset(new Context(*handle->system, *handle->integrator));
    }
    *context = handle.release();
  });
}

MOL_EXPORT void molopenmm_context_free(molopenmm_context* context) {
  std::lock_guard<std::mutex> lock(context_mutex);
  delete context;
}

MOL_EXPORT int molopenmm_context_platform(molopenmm_context* c) {
  return guarded([&] {
    require(c, "null argument");
    text() = c->context->getPlatform().getName();
  });
}

// what: 0 positions (nm), 1 velocities (nm/ps); count particles.
MOL_EXPORT int molopenmm_set_vectors(molopenmm_context* c, int what, const double* x, int count) {
  return guarded([&] {
    require(c && x, "null argument");
    require(static_cast<size_t>(count) == particles(c), "the number of particles does not agree");
    what == 0 ? c->context->setPositions(vectors(x, count)) : c->context->setVelocities(vectors(x, count));
  });
}

MOL_EXPORT int molopenmm_get_vectors(molopenmm_context* c, int what, double* x, int count) {
  return guarded([&] {
    require(c && x, "null argument");
    require(static_cast<size_t>(count) == particles(c), "the number of particles does not agree");
    State state = c->context->getState(what == 0 ? State::Positions : State::Velocities);
    copy(what == 0 ? state.getPositions() : state.getVelocities(), x);
  });
}

// box: three vectors, nine numbers, nm.
MOL_EXPORT int molopenmm_set_box(molopenmm_context* c, const double* box) {
  return guarded([&] {
    require(c && box, "null argument");
    auto v = vectors(box, 3);
    c->context->setPeriodicBoxVectors(v[0], v[1], v[2]);
  });
}

MOL_EXPORT int molopenmm_get_box(molopenmm_context* c, double* box) {
  return guarded([&] {
    require(c && box, "null argument");
    std::vector<Vec3> v(3);
    c->context->getState(0).getPeriodicBoxVectors(v[0], v[1], v[2]);
    copy(v, box);
  });
}

MOL_EXPORT int molopenmm_set_parameter(molopenmm_context* c, const char* name, double value) {
  return guarded([&] {
    require(c && name, "null argument");
    c->context->setParameter(name, value);
  });
}

MOL_EXPORT int molopenmm_get_parameter(molopenmm_context* c, const char* name, double* value) {
  return guarded([&] {
    require(c && name && value, "null argument");
    *value = c->context->getParameter(name);
  });
}

MOL_EXPORT int molopenmm_draw_velocities(molopenmm_context* c, double temperature, int seed) {
  return guarded([&] {
    require(c, "null argument");
    c->context->setVelocitiesToTemperature(temperature, seed);
  });
}

MOL_EXPORT int molopenmm_step(molopenmm_context* c, int steps) {
  return guarded([&] {
    require(c && steps >= 0, "the number of steps must not be negative");
    c->integrator->step(steps);
  });
}

MOL_EXPORT int molopenmm_minimise(molopenmm_context* c, double tolerance, int max_iterations) {
  return guarded([&] {
    require(c, "null argument");
    std::lock_guard<std::mutex> lock(context_mutex);
    LocalEnergyMinimizer::minimize(*c->context, tolerance, max_iterations);
  });
}

// text: the context's state (positions, velocities, box, parameters, integrator parameters) as XML.
MOL_EXPORT int molopenmm_state_to_xml(molopenmm_context* c) {
  return guarded([&] {
    require(c, "null argument");
    State state = c->context->getState(State::Positions | State::Velocities | State::Parameters);
    std::ostringstream stream;
    std::lock_guard<std::mutex> lock(xml_mutex);
    XmlSerializer::serialize<State>(&state, "State", stream);
    text() = stream.str();
  });
}

MOL_EXPORT int molopenmm_state_from_xml(molopenmm_context* c, const char* xml) {
  return guarded([&] {
    require(c, "null argument");
    c->context->setState(*from_xml<State>(xml, "State"));
  });
}

// Energies (kJ/mol) and forces (kJ/mol/nm; null to leave them out) of a batch of frames [count, N, 3]. status of a frame: 0 ok, 1 not finite, 2 failed.
// Coordinates are looked at first, because platforms differ in what they do with NaN.
MOL_EXPORT int molopenmm_energies(molopenmm_context* c, const double* positions, long count, double* energies, double* forces, int* status) {
  return guarded([&] {
    require(c && positions && energies && status, "null argument");
    const size_t n = particles(c), size = 3 * n;
    for (long b = 0; b < count; ++b) {
      const double* x = positions + b * size;
      double* f = forces ? forces + b * size : nullptr;
      energies[b] = std::nan("");
      if (f) std::fill(f, f + size, std::nan(""));
      bool finite = true;
      for (size_t k = 0; k < size && finite; ++k) finite = std::isfinite(x[k]);
      if (!finite) {
        status[b] = 1;
        continue;
      }
      try {
        c->context->setPositions(vectors(x, n));
        State state = c->context->getState(State::Energy | (f ? State::Forces : 0));
        energies[b] = state.getPotentialEnergy();
        if (f) copy(state.getForces(), f);
        status[b] = std::isfinite(energies[b]) ? 0 : 1;
      } catch (const std::exception& e) {
        status[b] = 2;
        text() = e.what();
      }
    }
  });
}
