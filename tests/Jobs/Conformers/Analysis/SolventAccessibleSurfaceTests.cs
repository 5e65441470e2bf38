using MolSampling.Jobs.Conformers.Analysis.Properties;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Areas by points against closed forms.</summary>
public sealed class SolventAccessibleSurfaceTests
{
    private const double Carbon = 0.170 + 0.14, Oxygen = 0.152 + 0.14, Hydrogen = 0.120 + 0.14; // nm: Bondi's radii and the probe's

    [Fact]
    public void One_sphere()
    {
        using var argon = RDKitMolecule.FromSmiles("[Ar]");
        Assert.Equal(4 * Math.PI * 0.328 * 0.328, new SolventAccessibleSurface(argon.Molecule).Area([0.3f, -1, 2]), 1e-12);
    }

    /// <summary>Each sphere loses the cap 2 pi R h beyond the plane of intersection.</summary>
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.1128)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    public void Two_spheres(double distance)
    {
        using var monoxide = RDKitMolecule.FromSmiles("[C-]#[O+]");
        double exact = distance >= Carbon + Oxygen ? Sphere(Carbon) + Sphere(Oxygen) : Left(Carbon, Oxygen, distance)
            + Left(Oxygen, Carbon, distance);
        var surface = new SolventAccessibleSurface(monoxide.Molecule);
        var random = new RandomSource(7);
        const int turns = 200;
        double mean = 0, all = Sphere(Carbon) + Sphere(Oxygen);
        for (int n = 0; n < turns; n++) // whichever way they lie
        {
            double z = 2 * random.NextDouble() - 1, angle = 2 * Math.PI * random.NextDouble(), r = Math.Sqrt(1 - z * z);
            float[] x = [1, 2, 3, (float)(1 + distance * r * Math.Cos(angle)), (float)(2 + distance * r * Math.Sin(angle)),
                (float)(3 + distance * z)];
            double area = surface.Area(x);
            Assert.Equal(exact, area, 0.01 * all);
            mean += area / turns;
        }
        Assert.Equal(exact, mean, 0.001 * all); // an error of the radii would not average out
    }

    /// <summary>Many spheres at once, by random points and every pair.</summary>
    [Fact]
    public void A_molecule_as_random_points_see_it()
    {
        using var amide = RDKitMolecule.FromSmiles("CC(=O)NC");
        float[] x = amide.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0];
        double[] radii = [.. amide.Molecule.Atoms.Select(a => 0.14 + a.AtomicNumber switch { 1 => 0.12, 6 => 0.17, 7 => 0.155,
            _ => 0.152 })];
        const int points = 20_000;
        double area = 0, variance = 0;
        var random = new RandomSource(5);
        for (int a = 0; a < radii.Length; a++)
        {
            int free = 0;
            for (int n = 0; n < points; n++)
            {
                double z = 2 * random.NextDouble() - 1, angle = 2 * Math.PI * random.NextDouble(), r = Math.Sqrt(1 - z * z);
                double[] p = [x[3 * a] + radii[a] * r * Math.Cos(angle), x[3 * a + 1] + radii[a] * r * Math.Sin(angle), x[3 * a + 2]
                    + radii[a] * z];
                bool Hides(int b) => b != a && Enumerable.Range(0, 3).Sum(c => Math.Pow(p[c] - x[3 * b + c], 2)) < radii[b] * radii[b];
                free += Enumerable.Range(0, radii.Length).Any(Hides) ? 0 : 1;
            }
            double share = (double)free / points;
            area += share * Sphere(radii[a]);
            variance += share * (1 - share) / points * Sphere(radii[a]) * Sphere(radii[a]);
        }
        Assert.Equal(area, new SolventAccessibleSurface(amide.Molecule).Area(x), 0.01 * area + 4 * Math.Sqrt(variance));
        Assert.InRange(Math.Sqrt(variance), 0, 0.005 * area);
    }

    [Fact]
    public void A_sphere_within_another_has_no_area_and_far_molecules_add_up()
    {
        using var hydrogen = RDKitMolecule.FromSmiles("[H][H]");
        var surface = new SolventAccessibleSurface(hydrogen.Molecule);
        Assert.Equal(2 * Sphere(Hydrogen), surface.Area([0, 0, 0, 0, 0, 9]), 1e-12);
        using var hydride = RDKitMolecule.FromSmiles("[CH4]");
        float[] x = new float[15]; // all hydrogens at the carbon
        Assert.Equal(Sphere(Carbon), new SolventAccessibleSurface(hydride.Molecule).Area(x), 1e-12);
    }

    [Fact]
    public void An_element_without_a_radius_is_named()
    {
        using var ion = RDKitMolecule.FromSmiles("[Zn+2]");
        Assert.Contains("no radius for atom 1 (Zn)", Assert.Throws<MoleculeFormatException>(() =>
            new SolventAccessibleSurface(ion.Molecule)).Message, StringComparison.Ordinal);
    }

    private static double Sphere(double radius) => 4 * Math.PI * radius * radius;

    /// <summary>What is left of a sphere outside of another that cuts it.</summary>
    private static double Left(double own, double other, double distance)
    {
        double plane = (distance * distance + own * own - other * other) / (2 * distance); // from the own centre
        return Sphere(own) - 2 * Math.PI * own * Math.Clamp(own - plane, 0, 2 * own);
    }
}
