using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;
using MolSampling.Potentials.Terms;

namespace MolSampling.Tests.ForceFields;

/// <summary>GBn and GBn2 against what the papers say: the table against the geometry of necks, an energy reckoned by hand, radii and
/// parameters of atoms, and what is refused.</summary>
public sealed class NeckModelTests
{
    private const double Hydrogen = 0.12, Carbon = 0.17; // nm

    /// <summary>
    /// Between two spheres lies what a water of 1.4 Angstrom that touches both cannot reach: in the plane of both centres and the water's,
    /// the triangle of the three less the three discs. The neck is the integral of 1/r^4 over this region's rotation, divided by 4 pi.
    /// </summary>
    private static double Geometric(double radius, double other, double distance)
    {
        const double water = 0.14;
        const int points = 400;
        double a = radius + water, b = other + water;
        double z = (distance * distance + a * a - b * b) / (2 * distance), height = Math.Sqrt(a * a - z * z), sum = 0;
        for (int i = 0; i < points; i++)
        {
            double x = (i + 0.5) / points * distance, top = x < z ? height * x / z : height * (distance - x) / (distance - z);
            for (int k = 0; k < points; k++)
            {
                double y = top * (k + 0.5) / points, square = x * x + y * y;
                bool isOutside = square > radius * radius && (x - distance) * (x - distance) + y * y > other * other
                    && (x - z) * (x - z) + (y - height) * (y - height) > water * water;
                sum += isOutside ? 0.5 * y / (square * square) * top * distance / (points * points) : 0;
            }
        }
        return sum;
    }

    [Theory]
    [InlineData(Hydrogen, Carbon)]
    [InlineData(Carbon, Hydrogen)]
    [InlineData(0.15, 0.15)]
    [InlineData(0.13, 0.18)]
    [InlineData(0.117, 0.155)] // between the table's points
    public void The_table_has_the_maxima_of_the_geometry(double radius, double other)
    {
        NeckMaximum maximum = NeckTable.Maximum(radius, other);
        double there = Geometric(radius, other, maximum.Place);
        Assert.Equal(1, there / maximum.Height, 0.005);
        Assert.True(there > Geometric(radius, other, maximum.Place - 0.02) && there > Geometric(radius, other, maximum.Place + 0.02));
    }

    [Theory]
    [InlineData(BornModel.Gbn, 0.25)]
    [InlineData(BornModel.Gbn, 0.4)]
    [InlineData(BornModel.Gbn2, 0.25)]
    [InlineData(BornModel.Gbn2, 0.4)]
    [InlineData(BornModel.Gbn2, 1.2)] // no neck so far away
    public void A_pair_has_the_energy_that_the_papers_formulas_give(BornModel model, double r)
    {
        bool first = model == BornModel.Gbn;
        double offset = first ? 0.009 : 0.0195141, scale = first ? 0.361825 : 0.826836;
        double[] charges = [0.4, -0.7], radii = [Hydrogen, Carbon];
        double[] factors = first ? [1.09085413633, 0.484353823306] : [1.425952, 1.058554];
        (double A, double B, double C)[] curves = first ? [(1.09511284, 1.90792938, 2.50798245), (1.09511284, 1.90792938, 2.50798245)]
            : [(0.788440, 0.798699, 0.437334), (0.733756, 0.506378, 0.205844)];
        (double Place, double Height)[] necks = [(0.315291, 0.361551), (0.324347, 0.113679)]; // of the hydrogen's integral, of the carbon's
        double[] born = [.. Enumerable.Range(0, 2).Select(i =>
        {
            double rho = radii[i] - offset, s = factors[1 - i] * (radii[1 - i] - offset);
            double lower = Math.Max(rho, Math.Abs(r - s)), upper = r + s;
            double integral = 0.5 * (1 / lower - 1 / upper + (r - s * s / r) * (1 / (upper * upper) - 1 / (lower * lower)) / 4
                + Math.Log(lower / upper) / (2 * r));
            double x = r - necks[i].Place;
            if (r < Hydrogen + Carbon + 0.68)
                integral += scale * necks[i].Height / (1 + 100 * x * x + 3e5 * Math.Pow(x, 6));
            double psi = integral * rho;
            (double a, double b, double c) = curves[i];
            return 1 / (1 / rho - Math.Tanh(a * psi - b * psi * psi + c * psi * psi * psi) / radii[i]);
        })];
        double f = Math.Sqrt(r * r + born[0] * born[1] * Math.Exp(-r * r / (4 * born[0] * born[1])));
        double solvent = -138.93545764438198 * (1 - 1 / 78.5) * (charges[0] * charges[0] / (2 * born[0])
            + charges[1] * charges[1] / (2 * born[1]) + charges[0] * charges[1] / f);
        double surface = 4 * Math.PI * 2.25936 * radii.Zip(born, (a, b) => (a + 0.14) * (a + 0.14) * Math.Pow(a / b, 6)).Sum();
        var system = new ClassicalSystem
        {
            Masses = [1, 12],
            Particles = [new(charges[0], 0.1, 0), new(charges[1], 0.1, 0)],
            Exceptions = [new(0, 1, 0, 0.1, 0)],
            ImplicitSolvent = new(model, radii, factors)
            {
                Coefficients = first ? null : [.. curves.Select(c => new BornCoefficients(c.A, c.B, c.C))],
            },
        };
        double[] positions = [0, 0, 0, r, 0, 0];
        double energy = new ForceFieldPotential(system.ToEngine()).EvaluateDouble(positions, new double[6]);
        Assert.Equal(solvent + surface, energy, 1e-9 * Math.Abs(energy));
        if (OpenMMLibrary.IsAvailable)
            Assert.Equal(solvent + surface, TermParity.Compare("pair", system, SystemXml.Write(system), positions).OpenMM,
                1e-9 * Math.Abs(energy));
    }

    [Fact]
    public void Atoms_have_the_radii_that_each_model_was_fitted_with()
    {
        Topology topology = PeptideBuilder.Build("R-E-ASH-D").Topology;
        GeneralizedBornParameters gbn = ForceField.Load("ff14SB", "gbn").Parameterize(topology).ImplicitSolvent!,
            gbn2 = ForceField.Load("ff14SB", "gbn2").Parameterize(topology).ImplicitSolvent!;
        (double Gbn, double Gbn2) Radii(string residue, string atom)
        {
            int i = Enumerable.Range(0, topology.Atoms.Count).Single(a => topology.Atoms[a].Name == atom
                && topology.Residues[topology.Atoms[a].ResidueIndex].Name == residue && (residue != "ASP" || atom != "O" || IsLast(a)));
            return (gbn.Radii[i], gbn2.Radii[i]);
        }
        bool IsLast(int atom) => topology.Atoms[atom].ResidueIndex == topology.Residues.Count - 1;
        foreach ((string residue, string atom, double bondi, double mbondi3) in new[]
        {
            ("ARG", "HE", 0.12, 0.117), ("ARG", "HH12", 0.12, 0.117), ("ARG", "H2", 0.12, 0.13), ("ARG", "HA", 0.12, 0.12),
            ("ARG", "NE", 0.155, 0.155), ("GLU", "H", 0.12, 0.13), ("GLU", "OE1", 0.15, 0.14), ("GLU", "OE2", 0.15, 0.14),
            ("GLU", "O", 0.15, 0.15), ("GLU", "C", 0.17, 0.17), ("ASH", "OD1", 0.15, 0.15), ("ASH", "OD2", 0.15, 0.15),
            ("ASP", "O", 0.15, 0.14), ("ASP", "OXT", 0.15, 0.14), ("ASP", "OD2", 0.15, 0.14),
        })
            Assert.Equal((residue, atom, bondi, mbondi3), (residue, atom, Radii(residue, atom).Gbn, Radii(residue, atom).Gbn2));
    }

    [Fact]
    public void What_the_models_have_not_is_refused_by_name()
    {
        AmberPrmtop prmtop = AmberPrmtop.Read(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop"));
        foreach (BornModel model in new[] { BornModel.Gbn, BornModel.Gbn2 })
        {
            AmberPrmtop chlorine = prmtop with { AtomicNumbers = [17, .. prmtop.AtomicNumbers.Skip(1)] },
                small = prmtop with { BornRadii = ([0.08, .. prmtop.BornRadii!.Value.Radii.Skip(1)], prmtop.BornRadii.Value.Scales) };
            Assert.Matches($"^the solvent {model.Name()} has no parameters for Cl \\(.* of ACE 1 .*\\): it knows H, C, N, O and S$",
                Assert.Throws<ParameterizationException>(() => chlorine.WithImplicitSolvent(model)).Message);
            Assert.Matches($"^the solvent {model.Name()} knows radii from 1 to 2 Angstrom; .* has 0.8$",
                Assert.Throws<ParameterizationException>(() => small.WithImplicitSolvent(model)).Message);
        }
        AmberPrmtop nucleic = prmtop with { ResidueNames = ["DA", .. prmtop.ResidueNames.Skip(1)] };
        Assert.Contains("is here for proteins, not for", Assert.Throws<ParameterizationException>(() =>
            nucleic.WithImplicitSolvent(BornModel.Gbn2)).Message, StringComparison.Ordinal);
        Assert.Contains("gbn2 needs alpha, beta and gamma", Assert.Throws<ArgumentException>(() => (prmtop.System with
        {
            ImplicitSolvent = new(BornModel.Gbn2, prmtop.BornRadii!.Value.Radii, prmtop.BornRadii.Value.Scales),
        }).ToEngine()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("obc2")]
    [InlineData("gbn2")]
    public void Dielectric_constants_scale_the_solvents_energy_alone(string solvent)
    {
        var source = new SystemSource { Peptide = "ACE-ALA-NME", Solvent = solvent };
        double Energy(SystemSource s, out string name)
        {
            MolecularSystem system = SystemLoader.Load(s);
            name = system.Energy.Name;
            return system.Energy.Potential.EvaluateDouble(system.Starts[0], new double[3 * system.AtomCount]);
        }
        double none = Energy(source with { SoluteDielectric = 2, SolventDielectric = 2 }, out string words), usual = Energy(source, out _),
            other = Energy(source with { SolventDielectric = 4 }, out _);
        Assert.Equal($"ff14SB + {solvent}, dielectric constants 2 and 2", words);
        Assert.Equal((1 - 1 / 4.0) / (1 - 1 / 78.5), (other - none) / (usual - none), 1e-9);
        Assert.Contains("needs an implicit solvent", Assert.Throws<ArgumentException>(() => Energy(source with { Solvent = "none",
            SolventDielectric = 4 }, out _)).Message, StringComparison.Ordinal);
        Assert.Contains("--solute-dielectric 90 and --solvent-dielectric 78.5", Assert.Throws<ArgumentException>(() => Energy(source with {
            SoluteDielectric = 90 }, out _)).Message, StringComparison.Ordinal);
    }
}
