/* The ABI from C: a harmonic bond's closed form, statuses, and no exception that leaves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct molopenmm_system molopenmm_system;
typedef struct molopenmm_context molopenmm_context;
const char* molopenmm_last_error(void);
const char* molopenmm_text(void);
int molopenmm_version(void);
int molopenmm_platforms(void);
int molopenmm_system_from_xml(const char*, molopenmm_system**);
int molopenmm_system_to_xml(const molopenmm_system*);
int molopenmm_system_size(const molopenmm_system*, int*);
void molopenmm_system_free(molopenmm_system*);
int molopenmm_context_create(const molopenmm_system*, const char*, const char*, const char*, molopenmm_context**);
void molopenmm_context_free(molopenmm_context*);
int molopenmm_energies(molopenmm_context*, const double*, long, double*, double*, int*);
int molopenmm_set_vectors(molopenmm_context*, int, const double*, int);
int molopenmm_step(molopenmm_context*, int);
int molopenmm_minimise(molopenmm_context*, double, int);

static int failures = 0;
#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      printf("%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition, molopenmm_last_error()); \
      ++failures;                                                                   \
    }                                                                               \
  } while (0)

static const char* system_xml =
    "<System openmmVersion=\"7.7\" type=\"System\" version=\"1\"><PeriodicBoxVectors><A x=\"2\" y=\"0\" z=\"0\"/><B x=\"0\" y=\"2\" z=\"0\"/><C x=\"0\" y=\"0\" z=\"2\"/>"
    "</PeriodicBoxVectors><Particles><Particle mass=\"12\"/><Particle mass=\"16\"/></Particles><Constraints/><Forces>"
    "<Force type=\"HarmonicBondForce\" version=\"2\" forceGroup=\"0\" usesPeriodic=\"0\"><Bonds><Bond p1=\"0\" p2=\"1\" d=\"0.12\" k=\"1000\"/></Bonds></Force></Forces></System>";
static const char* verlet = "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>";

int main(void) {
  molopenmm_system* system = NULL;
  molopenmm_context* context = NULL;
  CHECK(molopenmm_version() == 0);
  CHECK(molopenmm_platforms() == 0 && strstr(molopenmm_text(), "Reference\n"));
  CHECK(molopenmm_system_from_xml(system_xml, &system) == 0 && system);
  int n = 0;
  CHECK(molopenmm_system_size(system, &n) == 0 && n == 2);
  CHECK(molopenmm_system_to_xml(system) == 0 && strstr(molopenmm_text(), "HarmonicBondForce"));
  CHECK(molopenmm_context_create(system, verlet, "Reference", NULL, &context) == 0 && context);
  double x[18] = {0, 0, 0, 0.15, 0, 0, 0, 0, NAN, 0.15, 0, 0, 0, 0, 0, 0, 0.12, 0};
  double energies[3], forces[18];
  int status[3];
  CHECK(molopenmm_energies(context, x, 3, energies, forces, status) == 0);
  CHECK(status[0] == 0 && status[1] == 1 && status[2] == 0);
  CHECK(fabs(energies[0] - 0.45) < 1e-12 && fabs(forces[0] - 30) < 1e-9 && fabs(energies[2]) < 1e-12);
  CHECK(molopenmm_set_vectors(context, 0, x, 2) == 0);
  CHECK(molopenmm_set_vectors(context, 0, x, 3) == 1);
  CHECK(molopenmm_step(context, 10) == 0);
  CHECK(molopenmm_minimise(context, 1, 100) == 0);
  molopenmm_context_free(context);

  CHECK(molopenmm_context_create(system, verlet, "Abacus", NULL, &context) == 2 && !context && strstr(molopenmm_last_error(), "Abacus"));
  CHECK(molopenmm_context_create(system, "<nothing", "Reference", NULL, &context) == 1);
  molopenmm_system* bad = NULL;
  CHECK(molopenmm_system_from_xml("<System", &bad) == 1 && !bad);
  CHECK(molopenmm_system_from_xml("<System><Forces></System>", &bad) == 1 && !bad);
  CHECK(molopenmm_system_from_xml("", &bad) == 1 && !bad);
  CHECK(molopenmm_system_from_xml("<Other version=\"1\"/>", &bad) == 2 && !bad);
  CHECK(molopenmm_system_from_xml(NULL, &bad) == 1);
  molopenmm_system_free(system);
  molopenmm_system_free(NULL);
  printf("%d failures\n", failures);
  return failures != 0;
}
