using System.Text.Json;

namespace MolSampling.Examples;

/// <summary>
/// An energy in a program of its own, in any language: it answers lines of JSON, see <c>ProgramPotential</c>. Here, springs between
/// neighbouring atoms of a chain:
/// <para>U = k/2 sum_i (|x_(i+1) - x_i| - r)^2, k = 20,000 kJ/mol/nm^2, r = 0.15 nm.</para>
/// <para>dotnet run --project examples -c Release -- energy-program</para>
/// </summary>
internal static class EnergyProgram
{
    private const double K = 20_000, Length = 0.15;

    public static void Run(TextReader input, TextWriter output)
    {
        input.ReadLine(); // the atoms' symbols and the units, which are ours
        output.WriteLine(JsonSerializer.Serialize(new { identity = $"chain of springs, k = {K}, r = {Length}" }));
        output.Flush();
        while (input.ReadLine() is { } line)
        {
            double[] x = [.. JsonDocument.Parse(line).RootElement.GetProperty("positions").EnumerateArray().Select(v => v.GetDouble())];
            double[] forces = new double[x.Length];
            double energy = 0;
            for (int i = 0; i + 3 < x.Length; i += 3)
            {
                double[] d = [x[i + 3] - x[i], x[i + 4] - x[i + 1], x[i + 5] - x[i + 2]];
                double r = Math.Sqrt(d.Sum(v => v * v)), slope = K * (r - Length);
                energy += 0.5 * slope * (r - Length);
                for (int c = 0; c < 3; c++)
                {
                    forces[i + c] += slope * d[c] / r;
                    forces[i + 3 + c] -= slope * d[c] / r;
                }
            }
            output.WriteLine(JsonSerializer.Serialize(double.IsFinite(energy) ? new { energy, forces }
                : (object)new { error = "two atoms in one place" }));
            output.Flush();
        }
    }
}
