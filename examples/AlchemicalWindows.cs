using System.Globalization;
using System.Text;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Examples;

/// <summary>
/// Makes the files of examples/data/dhdl: windows of an alchemical path in the format of GROMACS' dhdl.xvg, from a model whose answer is
/// exact. A particle in a spring in three dimensions, U(x; l) = k(l) |x|^2 / 2 with k(l) = (1 - l) 1000 + l 4000 kJ/mol/nm^2, drawn
/// independently at 300 K: the free energy difference from l = 0 to 1 is (3/2) RT ln 4 = 5.187 kJ/mol = 2.0794 kT.
/// </summary>
internal static class AlchemicalWindows
{
    private const double Kelvin = 300, First = 1000, Last = 4000; // kJ/mol/nm^2
    private const int Rows = 400, Dimensions = 3;

    private static readonly double[] s_lambdas = [0, 0.25, 0.5, 0.75, 1];

    public static void Run(string folder)
    {
        Directory.CreateDirectory(folder);
        RandomSource random = new RandomSource(1).Split("alchemical windows");
        for (int k = 0; k < s_lambdas.Length; k++)
            File.WriteAllText(Path.Combine(folder, $"dhdl.{k}.xvg"), Window(k, random));
        Console.WriteLine(FormattableString.Invariant($"{folder}: {s_lambdas.Length} windows; exact {Dimensions / 2.0 * Math.Log(Last / First):f4} kT"));
    }

    private static string Window(int k, RandomSource random)
    {
        double lambda = s_lambdas[k], width = Math.Sqrt(Units.GasConstant * Kelvin / (First + lambda * (Last - First)));
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# A particle in a spring, made by examples/AlchemicalWindows.cs (dotnet run --project examples -c Release -- dhdl)");
        Line($"@    title \"dH/d\\xl\\f{{}} and \\xD\\f{{}}H\"");
        Line($"@    xaxis  label \"Time (ps)\"");
        Line($"@    yaxis  label \"dH/d\\xl\\f{{}} and \\xD\\f{{}}H (kJ/mol [\\xl\\f{{}}]\\S-1\\N)\"");
        Line($"@TYPE xy");
        Line($"@ subtitle \"T = {Kelvin} (K) \\xl\\f{{}} state {k}: fep-lambda = {lambda:f4}\"");
        Line($"@ s0 legend \"dH/d\\xl\\f{{}} fep-lambda = {lambda:f4}\"");
        for (int l = 0; l < s_lambdas.Length; l++)
            Line($"@ s{l + 1} legend \"\\xD\\f{{}}H \\xl\\f{{}} to {s_lambdas[l]:f4}\"");
        for (int row = 0; row < Rows; row++)
        {
            double square = 0; // nm^2
            for (int d = 0; d < Dimensions; d++)
                square += Math.Pow(width * random.NextNormal(), 2);
            double slope = (Last - First) * square / 2; // dH/dl, kJ/mol
            Line($"{row:f4} {slope:f5} {string.Join(' ', s_lambdas.Select(l => (slope * (l - lambda)).ToString("f6", CultureInfo.InvariantCulture)))}");
        }
        return text.ToString();
    }
}
