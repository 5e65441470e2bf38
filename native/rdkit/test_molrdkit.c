/* The ABI from C: statuses, error texts, and no exception that leaves. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct molrdkit_molecule molrdkit_molecule;
const char* molrdkit_last_error(void);
const char* molrdkit_text(void);
const int* molrdkit_ints(long* count);
const double* molrdkit_doubles(long* count);
void molrdkit_free(molrdkit_molecule*);
int molrdkit_parse_smiles(const char*, molrdkit_molecule**);
int molrdkit_parse_molblock(const char*, int, molrdkit_molecule**);
int molrdkit_describe(const molrdkit_molecule*);
int molrdkit_with_stereo(const molrdkit_molecule*, const int*, const int*, molrdkit_molecule**);
int molrdkit_mmff_terms(const molrdkit_molecule*, int);
int molrdkit_mmff_energies(const molrdkit_molecule*, int, int, const double*, long, double*, double*);
int molrdkit_embed(const molrdkit_molecule*, int, int, double, const double*);
int molrdkit_match(const molrdkit_molecule*, const char*, int);
int molrdkit_match_tagged(const molrdkit_molecule*, const char*);
int molrdkit_symmetry_classes(const molrdkit_molecule*);
int molrdkit_automorphisms(const molrdkit_molecule*, int);
int molrdkit_heavy_symmetries(const molrdkit_molecule*, int);
int molrdkit_gasteiger(const molrdkit_molecule*);
int molrdkit_draw(const molrdkit_molecule*, int, int, const int*, int);

static int failures = 0;
#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      printf("%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition, molrdkit_last_error()); \
      ++failures;                                                                   \
    }                                                                               \
  } while (0)

/* RDKit's loggers belong to the process. Half of the threads want what is logged on them, the others let RDKit log to nobody. */
static void* complain(void* said) {
  for (int i = 0; i < 800; ++i) {
    molrdkit_molecule* m = NULL;
    if (said) {
      CHECK(molrdkit_parse_smiles(strcmp(said, "unclosed") ? "C(C)(C)(C)(C)C" : "C1CC", &m) == 1 && strstr(molrdkit_last_error(), said));
      continue;
    }
    CHECK(molrdkit_parse_smiles("C[Fe+7]C", &m) == 0);
    molrdkit_embed(m, 1, 7, 1, NULL); /* which has no type for it, and says so */
    molrdkit_free(m);
  }
  return NULL;
}

static void many_threads(void) {
  char* said[4] = {"unclosed", "valence", NULL, NULL};
  pthread_t threads[4];
  for (int t = 0; t < 4; ++t) pthread_create(&threads[t], NULL, complain, said[t]);
  for (int t = 0; t < 4; ++t) pthread_join(threads[t], NULL);
}

int main(void) {
  molrdkit_molecule* m = NULL;
  long n = 0;

  CHECK(molrdkit_parse_smiles("CCO", &m) == 0 && m);
  CHECK(molrdkit_describe(m) == 0);
  CHECK(molrdkit_ints(&n)[0] == 9 && molrdkit_ints(&n)[1] == 8);
  CHECK(strncmp(molrdkit_text(), "CCO\n", 4) == 0);
  CHECK(molrdkit_embed(m, 3, 7, 10, NULL) == 0);
  CHECK(molrdkit_ints(&n)[0] == 3);
  const double* x = molrdkit_doubles(&n);
  CHECK(n == 81);
  double* copy = malloc(sizeof(double) * n);
  memcpy(copy, x, sizeof(double) * n);
  double energies[3], gradients[81];
  CHECK(molrdkit_mmff_energies(m, 1, -1, copy, 3, energies, gradients) == 0);
  CHECK(isfinite(energies[2]) && isfinite(gradients[80]));
  double sum = 0, part;
  for (int term = 0; term < 7; ++term) {
    CHECK(molrdkit_mmff_energies(m, 1, term, copy, 1, &part, NULL) == 0);
    sum += part;
  }
  CHECK(fabs(sum - energies[0]) < 1e-9);
  CHECK(molrdkit_mmff_terms(m, 1) == 0);
  CHECK(molrdkit_ints(&n)[0] == 8);
  CHECK(molrdkit_automorphisms(m, 10) == 0 && molrdkit_ints(&n)[0] == 3);
  CHECK(molrdkit_gasteiger(m) == 0);
  CHECK(molrdkit_match(m, "[OX2]", 10) == 0 && molrdkit_ints(&n)[1] == 2);
  CHECK(molrdkit_match(m, "[nonsense", 10) == 1);
  const int hydroxyl = 8, none = 9;
  CHECK(molrdkit_draw(m, 200, 150, &hydroxyl, 1) == 0 && strstr(molrdkit_text(), "<svg"));
  CHECK(molrdkit_ints(&n)[3] == hydroxyl && n == 4 && molrdkit_doubles(&n)[0] > 0 && n == 8);
  CHECK(molrdkit_draw(m, 200, 150, NULL, 0) == 0 && molrdkit_ints(&n) && n == 3);
  CHECK(molrdkit_draw(m, 200, 150, &none, 1) == 1);
  CHECK(molrdkit_embed(m, 2, 9, 10, copy) == 0 && molrdkit_ints(&n)[0] == 2);
  CHECK(molrdkit_embed(m, 0, 1, 1, NULL) == 1);
  free(copy);
  molrdkit_free(m);

  CHECK(molrdkit_parse_smiles("C1CC", &m) == 1 && !m && strlen(molrdkit_last_error()) > 5);
  CHECK(molrdkit_parse_smiles("C(C)(C)(C)(C)C", &m) == 1 && !m);
  CHECK(molrdkit_parse_smiles("", &m) == 1 && !m);
  CHECK(molrdkit_parse_smiles(NULL, &m) == 1);
  CHECK(molrdkit_parse_molblock("not a molecule", 1, &m) == 1 && !m);
  CHECK(molrdkit_describe(NULL) == 1);

  CHECK(molrdkit_parse_smiles("CC(=O)[O-]", &m) == 0 && m); /* the oxygens are alike for an RMSD, and not by bond orders */
  CHECK(molrdkit_automorphisms(m, 10) == 0 && molrdkit_ints(&n) && n == 10);
  CHECK(molrdkit_heavy_symmetries(m, 10) == 0 && molrdkit_ints(&n) && n == 14);
  CHECK(molrdkit_heavy_symmetries(m, 1) == 0 && molrdkit_ints(&n)[1] == 1 && n == 10);
  CHECK(molrdkit_heavy_symmetries(NULL, 10) == 1);
  molrdkit_free(m);

  CHECK(molrdkit_parse_smiles("c1ccccc1-c1ccco1", &m) == 0 && m); /* to MDL furan is not aromatic */
  CHECK(molrdkit_match_tagged(m, "[#6a:1]~[#6:2]\n[#8:2]-[#6:1]\n[#6:1]=[#8:2]") == 0);
  const int* matches = molrdkit_ints(&n);
  CHECK(matches[0] == 2 && matches[1] == 13); /* six bonds both ways, and the one to furan */
  CHECK(matches[28] == 2 && matches[29] == 2 && matches[31] == 10 && matches[33] == 10); /* by tag, whatever the order in the pattern */
  CHECK(matches[34] == 2 && matches[35] == 0 && n == 36);
  CHECK(molrdkit_match_tagged(m, "[#6:1]~[*]") == 0 && molrdkit_ints(&n)[1] == 10); /* what has no tag does not multiply */
  CHECK(molrdkit_match(m, "[#6:2]~[#8:1]", 10) == 0 && molrdkit_ints(&n)[0] == 2 && n == 5 && molrdkit_ints(&n)[1] == 10);
  CHECK(molrdkit_match(m, "[#8:1]~*", 10) == 0 && molrdkit_ints(&n)[0] == 1 && n == 2);
  CHECK(molrdkit_match(m, "[#8:2]~*", 10) == 1 && strstr(molrdkit_last_error(), "the tags are not"));
  CHECK(molrdkit_match_tagged(m, "") == 0 && molrdkit_ints(&n) && n == 0);
  CHECK(molrdkit_match_tagged(m, "[#6:1]\n[#6:1~[#7]") == 1 && strstr(molrdkit_last_error(), "[#6:1~[#7]"));
  CHECK(molrdkit_match_tagged(m, "[#6]") == 1 && strstr(molrdkit_last_error(), "no atom has a tag"));
  CHECK(molrdkit_match_tagged(m, "[#6:1]~[#6:3]") == 1 && molrdkit_match_tagged(m, "[#6:1]~[#6:1]") == 1);
  CHECK(molrdkit_match_tagged(NULL, "[#6:1]") == 1 && molrdkit_match_tagged(m, NULL) == 1);
  molrdkit_free(m);

  CHECK(molrdkit_parse_smiles("C[C@H](O)[C@@H](O)C", &m) == 0 && m); /* the halves are alike but for their hands */
  CHECK(molrdkit_symmetry_classes(m) == 0);
  const int* classes = molrdkit_ints(&n);
  CHECK(n == 16 && classes[0] == classes[5] && classes[1] == classes[3] && classes[0] != classes[1] && classes[6] == classes[7]);
  CHECK(molrdkit_symmetry_classes(NULL) == 1);
  molrdkit_free(m);

  CHECK(molrdkit_parse_smiles("CC(O)C=CC", &m) == 0 && m); /* one centre and one double bond are open */
  int atoms[16] = {0, 1}, bonds[16] = {0, 0, 0, 2};
  molrdkit_molecule* isomer = NULL;
  CHECK(molrdkit_with_stereo(m, atoms, bonds, &isomer) == 0 && isomer);
  CHECK(molrdkit_describe(isomer) == 0 && strncmp(molrdkit_text(), "C/C=C/[C@", 9) == 0);
  molrdkit_free(isomer);
  bonds[0] = 1; /* no double bond */
  CHECK(molrdkit_with_stereo(m, atoms, bonds, &isomer) == 1 && !isomer);
  bonds[0] = 0, atoms[1] = 4;
  CHECK(molrdkit_with_stereo(m, atoms, bonds, &isomer) == 1 && !isomer);
  CHECK(molrdkit_with_stereo(m, atoms, bonds, NULL) == 1);
  molrdkit_free(m);
  CHECK(molrdkit_parse_smiles("CC |$;R1$|", &m) == 1 && !m && strstr(molrdkit_last_error(), "R group"));

  CHECK(molrdkit_parse_smiles("[Fe]", &m) == 0 && m);
  CHECK(molrdkit_mmff_terms(m, 0) == 1);
  CHECK(molrdkit_ints(&n) && n == 1);
  molrdkit_free(m);
  molrdkit_free(NULL);

  many_threads();
  printf("%d failures\n", failures);
  return failures != 0;
}
