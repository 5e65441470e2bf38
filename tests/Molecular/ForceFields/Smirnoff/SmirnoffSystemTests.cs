using MolSampling.Molecular.ForceFields.Smirnoff;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.Molecular.ForceFields.Smirnoff;

/// <summary>The systems that Sage gives: counts that follow from the molecule, factors of the format, energies by the engine and by
/// OpenMM.</summary>
public sealed class SmirnoffSystemTests(ITestOutputHelper output)
{
    // of FreeSolv: sulfonyls and sulfides, nitro, nitrile, phosphates, halogens, amides, fused and small rings, an alkyne; and ions
    private static readonly string[] s_groups = ["CCS(=O)(=O)N", "CS(=O)(=O)C", "CCCCC[N+](=O)[O-]", "c1ccc(cc1)C#N", "CCOP(=O)(OCC)OCC",
        "COP(=S)(OC)OC", "C(C(F)(F)F)Br", "c1ccc(c(c1)Cl)I", "CN(C)C(=O)c1ccccc1", "c1ccc2[nH]ccc2c1", "C1CC1C#C", "CC(=O)[O-]",
        "C[NH2+]CCO", "Cc1cscn1", "CC(C)=NO"];

    [Theory]
    // bonds, angles, dihedrals, pairs of 1-2, 1-3 and 1-4, impropers' centres
    [InlineData("CCO", 8, 13, 12, 33, 0)]
    [InlineData("CC(=O)N", 8, 12, 10, 30, 2)]
    [InlineData("c1ccccc1", 12, 18, 24, 51, 6)] // para carbons are 1-4 both ways round
    [InlineData("CC(=O)OC", 10, 16, 11, 37, 1)]
    [InlineData("C1CC1", 9, 18, 24, 9 + 15 + 12, 0)] // no dihedral begins and ends at one atom; three angles join bonded atoms
    public void Terms_are_as_many_as_the_graph_has(string smiles, int bonds, int angles, int dihedrals, int pairs, int centres)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var forceField = SmirnoffForceField.Load("sage-2.2.1");
        SmirnoffAssignment rules = new(forceField.Tables, forceField.Title, molecule, LigandTopology.Of(molecule.Molecule));
        ClassicalSystem system = forceField.Parameterize(molecule).System;
        Assert.Equal((bonds, angles, dihedrals, centres), (system.Bonds.Count, system.Angles.Count, rules.Propers.Count,
            rules.Impropers.Count));
        Assert.Equal(pairs, system.Exceptions.Count);
        int terms = rules.Propers.Sum(p => p.Rule.Value.Count(c => c.K != 0)) + 3 * rules.Impropers.Sum(i => i.Rule.Value.Length);
        Assert.Equal(terms, system.Torsions.Count);
        Assert.Equal(molecule.Molecule.Atoms.Select(a => a.Mass), system.Masses);
    }

    [Fact]
    public void An_improper_is_three_dihedrals_of_one_hand_about_the_centre_each_with_a_third_of_k()
    {
        using var molecule = RDKitMolecule.FromSmiles("C=O"); // C 0, O 1, H 2, H 3
        PeriodicTorsionParameters[] torsions = [.. SmirnoffForceField.Load("sage-2.2.1").Parameterize(molecule).System.Torsions];
        const double k = 5.300125669502 * 4.184 / 3; // i1
        Assert.Equal([(0, 1, 2, 3), (0, 2, 3, 1), (0, 3, 1, 2)], torsions.Select(t => (t.I, t.J, t.K, t.L)));
        Assert.All(torsions, t => Assert.Equal((2, Math.PI), (t.Periodicity, t.Phase)));
        Assert.All(torsions, t => Assert.Equal(k, t.ForceConstant, 1e-12));
        // planar: none; the middle of the energy is the mean of the three
        var potential = new ForceFieldPotential(new ClassicalSystem { Masses = [12, 16, 1, 1], Torsions = torsions }.ToEngine());
        double[] planar = [0, 0, 0, 0.12, 0, 0, -0.06, 0.09, 0, -0.06, -0.09, 0], forces = new double[12];
        Assert.Equal(0, potential.EvaluateDouble(planar, forces), 1e-12);
        planar[2] = 0.05; // the centre out of the plane of the three
        Assert.True(potential.EvaluateDouble(planar, forces) > 1);
    }

    [Fact]
    public void Pairs_three_bonds_apart_are_scaled_and_nearer_ones_left_out()
    {
        using var molecule = RDKitMolecule.FromSmiles("CO"); // C 0, O 1, H 2-4 on C, H 5 on O
        ClassicalSystem system = SmirnoffForceField.Load("sage-2.2.1").Parameterize(molecule).System;
        NonbondedParticle a = system.Particles[2], b = system.Particles[5];
        foreach (ExceptionPair pair in system.Exceptions)
        {
            bool far = (pair.I, pair.J) is (2, 5) or (3, 5) or (4, 5);
            Assert.Equal(far ? 0.8333333333 * a.Charge * b.Charge : 0, pair.ChargeProduct, 1e-15);
            Assert.Equal(far ? 0.5 * Math.Sqrt(a.Epsilon * b.Epsilon) : 0, pair.Epsilon, 1e-15);
            Assert.Equal(far ? (a.Sigma + b.Sigma) / 2 : 1, pair.Sigma, 1e-15);
        }
        Assert.Equal(5 + 7 + 3, system.Exceptions.Count);
        Assert.Equal(2 * 0.02999999999997 / Math.Pow(2, 1.0 / 6), b.Sigma, 1e-14); // n12
        Assert.Equal(1.232599966667e-05 * 4.184, b.Epsilon, 1e-16);
    }

    [SkippableTheory]
    [InlineData("none")]
    [InlineData("obc1")]
    [InlineData("obc2")]
    public void Energies_are_those_of_OpenMM(string solvent)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        var worst = new SortedDictionary<string, (double Energy, double Force)>();
        foreach (string smiles in s_groups.Where(s => solvent == "none" || !(s.Contains("Br", StringComparison.Ordinal)
            || s.Contains('I'))))
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            ClassicalSystem system = SmirnoffForceField.Load("sage-2.2.1").Parameterize(molecule, solvent: solvent).System;
            foreach (TermParityRow row in TermParity.Compare(system, TermParity.Thermal(Embedded(molecule))))
            {
                Assert.True(row.EnergyError < 1e-6, $"{smiles}, {row.Term}: energy off by {row.EnergyError:g3}");
                Assert.True(row.ForceError < 1e-6, $"{smiles}, {row.Term}: forces off by {row.ForceError:g3}");
                (double energy, double force) = worst.GetValueOrDefault(row.Term);
                worst[row.Term] = (Math.Max(energy, row.EnergyError), Math.Max(force, row.ForceError));
            }
        }
        foreach ((string term, (double energy, double force)) in worst)
            output.WriteLine($"{solvent} {term}: {energy:e1} {force:e1}");
    }

    [Theory]
    [InlineData("CCS(=O)(=O)N", "obc2")]
    [InlineData("c1ccc(cc1)C#N", "none")]
    [InlineData("CCOP(=O)(OCC)OCC", "obc1")]
    public void Forces_are_the_slopes_of_the_energy(string smiles, string solvent)
    {
        const double step = 1e-5; // nm
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var potential = new ForceFieldPotential(SmirnoffForceField.Load("sage-2.3.0").Parameterize(molecule, solvent: solvent).System
            .ToEngine());
        double[] x = TermParity.Thermal(Embedded(molecule)), forces = new double[x.Length], unused = new double[x.Length];
        potential.EvaluateDouble(x, forces);
        double largest = forces.Max(Math.Abs);
        for (int k = 0; k < x.Length; k++)
        {
            double Shifted(double by) => potential.EvaluateDouble([.. x.Select((v, n) => n == k ? v + by : v)], unused);
            Assert.Equal(forces[k], (Shifted(-step) - Shifted(step)) / (2 * step), 1e-5 * largest);
        }
    }

    [Theory]
    [InlineData("CCO", "")]
    [InlineData("CC(=O)C1CC1", "mirror images differ in energy: the phases of t42 are neither 0 nor 180 degrees")]
    public void Where_a_phase_is_odd_mirror_images_have_two_energies_and_a_note_says_so(string smiles, string note)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        SmirnoffSystem made = SmirnoffForceField.Load("sage-2.2.1").Parameterize(molecule);
        var potential = new ForceFieldPotential(made.System.ToEngine());
        double[] x = Embedded(molecule), unused = new double[x.Length];
        double difference = potential.EvaluateDouble(x, unused) - potential.EvaluateDouble([.. x.Select(v => -v)], unused);
        Assert.Equal(note.Length > 0, Math.Abs(difference) > 1e-6);
        Assert.Equal(note.Length > 0 ? [note] : [], made.Notes.Skip(1));
    }

    [SkippableTheory]
    [InlineData("sage-2.2.1")]
    [InlineData("sage-2.3.0")]
    public void Molecules_of_FreeSolv_have_all_parameters(string name)
    {
        const int every = 32; // of 642: 21
        string[] smiles = [.. File.ReadLines(SharedData.Require("freesolv/database.txt")).Where(l => !l.StartsWith('#')).Select(l =>
            l.Split(';')[1].Trim()).Where((_, n) => n % every == 0)];
        Assert.InRange(smiles.Length, 20, 25);
        foreach (string s in smiles)
        {
            using var molecule = RDKitMolecule.FromSmiles(s);
            ClassicalSystem system = SmirnoffForceField.Load(name).Parameterize(molecule).System;
            double energy = new ForceFieldPotential(system.ToEngine()).EvaluateDouble(Embedded(molecule), new double[3 * system.AtomCount]);
            Assert.True(double.IsFinite(energy), s);
            Assert.Equal(0, system.Particles.Sum(p => p.Charge), 1e-12);
        }
    }

    [Fact]
    public void A_solvent_takes_the_radii_of_elements_that_have_some()
    {
        using RDKitMolecule amine = RDKitMolecule.FromSmiles("CN"), bromide = RDKitMolecule.FromSmiles("CBr");
        var sage = SmirnoffForceField.Load("sage-2.2.1");
        GeneralizedBornParameters born = sage.Parameterize(amine, solvent: "obc2").System.ImplicitSolvent!;
        Assert.Equal(BornModel.Obc2, born.Model);
        Assert.Equal([0.17, 0.155, 0.12, 0.12, 0.12, 0.13, 0.13], born.Radii); // hydrogens on nitrogen have another
        Assert.Equal("obc2 has no radius for atom 2 (Br): Sage 2.2.1 can be run without it (--solvent none)",
            Assert.Throws<ParameterizationException>(() => sage.Parameterize(bromide, solvent: "obc2")).Message);
        Assert.Null(sage.Parameterize(bromide).System.ImplicitSolvent);
        Assert.Throws<ArgumentException>(() => sage.Parameterize(amine, solvent: "water"));
    }

    private static double[] Embedded(RDKitMolecule molecule) => [.. molecule.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0].Select(v =>
        (double)v)];
}
