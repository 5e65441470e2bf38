using System.Text.Json;
using MolSampling.Potentials.Neural;

namespace MolSampling.Tests.Potentials.Neural;

/// <summary>ANI-2x and ANI-1ccx against torchani 2.2 in double precision: published weights, ten molecules.</summary>
[Trait("cpu", "lanes")]
public sealed class AniReferenceTests
{
    private static readonly Dictionary<string, int> s_numbers = new()
    {
        ["H"] = 1, ["C"] = 6, ["N"] = 7, ["O"] = 8, ["F"] = 9, ["S"] = 16, ["Cl"] = 17,
    };

    /// <summary>One molecule under one model.</summary>
    /// <param name="Positions">[D] nm.</param>
    /// <param name="Members">[8] kJ/mol.</param>
    /// <param name="Energy">Their mean.</param>
    /// <param name="Forces">[D] of the mean, kJ/mol/nm.</param>
    /// <param name="FirstForces">[D] of member 0.</param>
    private sealed record Case(string Name, int[] Numbers, double[] Positions, double[] Members, double Energy, double[] Forces,
        double[] FirstForces);

    [SkippableTheory]
    [InlineData("ani-2x", 10)]
    [InlineData("ani-1ccx", 6)]
    public void Energies_and_forces_are_torchani_s(string model, int count)
    {
        AniWeights weights = Weights(model);
        Case[] cases = [.. Cases(model)];
        Assert.Equal(count, cases.Length);
        foreach (Case c in cases)
        {
            AniPotential potential = Potential(weights, c);
            double[] forces = new double[c.Positions.Length], members = new double[weights.MemberCount];
            potential.MemberEnergies(c.Positions, members);
            for (int m = 0; m < members.Length; m++)
                Near(c.Members[m], members[m], 1e-4, $"{c.Name}, member {m}");
            // where not all members are at hand, those that are
            bool whole = weights.MemberCount == c.Members.Length;
            Near(whole ? c.Energy : c.Members[0], potential.EvaluateDouble(c.Positions, forces), 1e-4, c.Name);
            double[] expected = whole ? c.Forces : c.FirstForces;
            for (int k = 0; k < forces.Length; k++)
                Near(expected[k], forces[k], 1e-3, $"{c.Name}, coordinate {k}");
            Near(c.Members[0], Potential(weights.Only(0), c).EvaluateDouble(c.Positions, forces), 1e-4, $"{c.Name}, member 0 alone");
            for (int k = 0; k < forces.Length; k++)
                Near(c.FirstForces[k], forces[k], 1e-3, $"{c.Name}, member 0, coordinate {k}");
        }
    }

    [SkippableFact]
    public void Without_the_factor_of_the_cosine_they_are_not()
    {
        AniWeights weights = Weights("ani-2x");
        AniWeights plain = weights.With(weights.Model with { CosineFactor = 1 });
        Case c = Cases("ani-2x").Single(c => c.Name == "aspirin");
        double[] forces = new double[c.Positions.Length];
        Assert.True(Math.Abs(Potential(plain, c).EvaluateDouble(c.Positions, forces) - c.Members[0]) > 10);
        Assert.NotEqual(weights.Fingerprint, plain.Fingerprint);
    }

    [SkippableTheory]
    [InlineData("ani-2x")]
    [InlineData("ani-1ccx")]
    public void Forces_are_minus_the_gradient(string model)
    {
        AniWeights weights = Weights(model);
        foreach (Case c in Cases(model).Where(c => c.Name is "methane" or "alanine dipeptide"))
        {
            AniPotential potential = Potential(weights, c);
            double[] x = c.Positions, forces = new double[x.Length], scratch = new double[x.Length];
            potential.EvaluateDouble(x, forces);
            const double h = 1e-5;
            for (int k = 0; k < x.Length; k += x.Length > 20 ? 7 : 1)
            {
                double at = x[k];
                x[k] = at + h;
                double up = potential.EvaluateDouble(x, scratch);
                x[k] = at - h;
                double down = potential.EvaluateDouble(x, scratch);
                x[k] = at;
                Near(-(up - down) / (2 * h), forces[k], 0.05, $"{c.Name}, coordinate {k}"); // of some thousands
            }
        }
    }

    [SkippableTheory]
    [InlineData("ani-2x")]
    [InlineData("ani-1ccx")]
    public void Lanes_agree_with_doubles(string model)
    {
        AniWeights weights = Weights(model);
        foreach (Case c in Cases(model).Where(c => c.Numbers.Length > 20))
            foreach (LaneKind lanes in new[] { LaneKind.Float128, LaneKind.Float256, LaneKind.Float512 })
            {
                var potential = new AniPotential(weights, c.Numbers, [.. c.Numbers.Select(_ => 12.0)], lanes: lanes);
                int width = potential.BlockWidth, size = c.Positions.Length;
                float[] x = [.. Enumerable.Range(0, size * width).Select(k =>
                    (float)(c.Positions[k / width] + 0.003 * Math.Sin(12.9898 * k)))], f = new float[x.Length];
                double[] u = new double[width], members = new double[width * weights.MemberCount], one = new double[size],
                    forces = new double[size], own = new double[weights.MemberCount];
                potential.EvaluateBlock(x, f, u);
                potential.MemberEnergies(x, members);
                for (int lane = 0; lane < width; lane += 3)
                {
                    for (int k = 0; k < size; k++)
                        one[k] = x[k * width + lane];
                    Near(potential.EvaluateDouble(one, forces), u[lane], 3e-3, $"{c.Name}, {lanes}, lane {lane}");
                    double largest = forces.Max(Math.Abs);
                    for (int k = 0; k < size; k++)
                        Near(forces[k], f[k * width + lane], 3e-5 * largest, $"{c.Name}, {lanes}, lane {lane}, coordinate {k}");
                    potential.MemberEnergies(one, own);
                    for (int m = 0; m < own.Length; m++)
                        Near(own[m], members[m * width + lane], 3e-3, $"{c.Name}, {lanes}, lane {lane}, member {m}");
                }
            }
    }

    [SkippableFact]
    public void Folders_tell_which_model_they_are()
    {
        AniWeights two = Weights("ani-2x"), ccx = Weights("ani-1ccx");
        Assert.Equal("ANI-1ccx (8 members)", ccx.Name);
        Assert.Null(ccx.Note);
        Assert.Equal("ANI-1ccx (train5)", ccx.Only(5).Name);
        Assert.StartsWith("ANI-2x", two.Name, StringComparison.Ordinal);
        Assert.Equal(two.MemberCount == 8, two.Note is null);
        string one = Path.Combine(Path.GetDirectoryName(SharedData.Require("ani2x/ani-1ccx_8x/sae_linfit.dat"))!, "train5");
        Assert.Equal(ccx.Only(5).Fingerprint, AniWeights.Load(one).Fingerprint);
        Assert.Equal(ccx.Only(5).Name, AniWeights.Load(Path.Combine(one, "networks")).Name);
        Assert.Equal(8, Enumerable.Range(0, 8).Select(m => ccx.Only(m).Fingerprint).Distinct().Count());
    }

    private static AniWeights Weights(string model) =>
        AniWeights.Load(Path.GetDirectoryName(SharedData.Require($"ani2x/{model}_8x/sae_linfit.dat"))!);

    private static AniPotential Potential(AniWeights weights, Case c) => new(weights, c.Numbers, [.. c.Numbers.Select(_ => 12.0)]);

    private static IEnumerable<Case> Cases(string model)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(SharedData.Require("ani2x/references.json")));
        foreach (JsonElement c in file.RootElement.GetProperty("cases").EnumerateArray())
            if (c.GetProperty("models").TryGetProperty(model, out JsonElement m))
                yield return new(c.GetProperty("name").GetString()!,
                    [.. c.GetProperty("symbols").EnumerateArray().Select(s => s_numbers[s.GetString()!])],
                    Numbers(c.GetProperty("positions"), Units.NanometrePerAngstrom),
                    Numbers(m.GetProperty("member_energies"), AniModel.KilojoulePerHartree),
                    AniModel.KilojoulePerHartree * m.GetProperty("energy").GetDouble(),
                    Numbers(m.GetProperty("forces"), AniModel.KilojoulePerHartree / Units.NanometrePerAngstrom),
                    Numbers(m.GetProperty("member0_forces"), AniModel.KilojoulePerHartree / Units.NanometrePerAngstrom));
    }

    private static double[] Numbers(JsonElement element, double unit) => element.ValueKind == JsonValueKind.Number
        ? [unit * element.GetDouble()] : [.. element.EnumerateArray().SelectMany(e => Numbers(e, unit))];

    private static void Near(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{what}: {actual:r}, not {expected:r}");
}
